import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface Finding {
  rule: string;
  severity: string;
  reason: string;
}

/** Everything gixy finds in one file, of any severity; advisories are those of nginx `nginxVersion`. */
export async function findings(program: string, file: string, nginxVersion: string): Promise<Finding[]> {
  const args = ["--format", "json", `--nginx-version=${nginxVersion}`, file];
  const { stdout } = await run(program, args).catch(asFound);
  return (JSON.parse(stdout) as { plugin: string; severity: string; reason: string }[]).map((found) => ({
    rule: found.plugin,
    severity: found.severity,
    reason: found.reason,
  }));
}

/** gixy ends with 1 when it found something. */
function asFound(error: unknown): { stdout: string } {
  const ended = error as { code: number; stdout: string; stderr: string };
  if (ended.code === 1 && ended.stdout !== "") return ended;
  throw new Error(`gixy ended with ${ended.code}: ${ended.stderr}`);
}
