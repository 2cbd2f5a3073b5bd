import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Writes a section of a page in docs/ in place of the one of that title; the others stay, each with its own date. */
export function writeSection(title: string, text: string, page = "bench.md"): void {
  const file = join(import.meta.dirname, "../docs", page);
  const [intro = "", ...sections] = readFileSync(file, "utf8").split(/^(?=## )/m);
  const section = `## ${title}\n\n${text.trim()}\n`;
  const place = sections.findIndex((one) => one.startsWith(`## ${title}\n`));
  if (place === -1) sections.push(section);
  else sections[place] = section;
  writeFileSync(file, [intro, ...sections].map((one) => one.trim()).join("\n\n") + "\n");
}

export function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

export function seconds(value: number): string {
  return `${value.toFixed(1)} s`;
}

/** What a figure has against its target, as a reader wants it: `met`, or by how much it is missed. */
export function besideTarget(value: number, target: number): string {
  return value <= target ? "met" : `missed by ${seconds(value - target)}`;
}

/** When, how and beside what a section was measured. */
export function measuredBy(command: string, peers: string): string {
  return `\`${command}\`, ${peers}, 2 cores, ${new Date().toISOString().slice(0, 10)}. Seconds depend on the machine and what else it does; read the ratios.`;
}
