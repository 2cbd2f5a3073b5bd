import { execa } from "execa";

/** Runs this machine's npm. Rejects with the end of what it said. */
export async function npm(words: string[], cwd: string): Promise<void> {
  const env = { NO_COLOR: "1", npm_config_update_notifier: "false" };
  const ran = await execa("npm", words, { cwd, reject: false, all: true, env });
  if (ran.exitCode === 0) return;
  const lines = ran.all
    .trim()
    .split("\n")
    .filter((line) => !/complete log|^npm (warn|error A )/.test(line));
  throw new Error(`npm ${words[0] ?? ""} failed: ${lines.slice(-4).join(" / ")}`, { cause: ran });
}
