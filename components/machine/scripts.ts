import { readFileSync } from "node:fs";

export type ScriptName =
  | "basics"
  | "check"
  | "daemon"
  | "data"
  | "disk"
  | "enforced"
  | "engine"
  | "firewall"
  | "gate"
  | "gpu"
  | "library"
  | "logs"
  | "place"
  | "probe"
  | "rules"
  | "rules-swarm"
  | "sshd"
  | "swarm"
  | "swarm-changed"
  | "swarm-stop"
  | "swarm-sweep"
  | "upgrades"
  | "verb/head"
  | "verb/restart"
  | "verb/backup"
  | "verb/watch"
  | "verb/main";

/** The text of a shell script beside this file. */
export function script(name: ScriptName): string {
  return readFileSync(new URL(`scripts/${name}.sh`, import.meta.url), "utf8");
}

/** Shell assignments, a line each, whatever the values hold. */
export function assignments(values: Record<string, string | number>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${quote(String(value))}\n`)
    .join("");
}

export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A script that stands alone: its first line, then what it is told, then the rest. */
export function filledIn(text: string, values: Record<string, string | number>): string {
  const end = text.indexOf("\n") + 1;
  return text.slice(0, end) + assignments(values) + text.slice(end);
}

/** A shell function that writes a text as it is. */
export function prints(name: string, text: string): string {
  return `${name}() {\n  cat <<'END_OF_${name}'\n${text}END_OF_${name}\n}\n`;
}
