import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface Finding {
  file: string;
  rule: string;
  severity: string;
  reason: string;
}

interface Line {
  path: string;
  plugin: string;
  severity: string;
  reason: string;
}

/** Everything gixy finds in these files, of any severity; advisories are those of nginx `nginxVersion`. */
export async function findings(
  program: string,
  files: readonly string[],
  nginxVersion: string,
): Promise<Finding[]> {
  const args = ["--format", "json", `--nginx-version=${nginxVersion}`, ...files];
  const { stdout } = await run(program, args, { maxBuffer: 2 ** 26 }).catch(asFound);
  return (JSON.parse(stdout) as Line[]).map(({ path, plugin, severity, reason }) => ({
    ...{ file: path, rule: plugin },
    ...{ severity, reason },
  }));
}

/** gixy ends with 1 when it found something. */
function asFound(error: unknown): { stdout: string } {
  const ended = error as { code: number; stdout: string; stderr: string };
  if (ended.code === 1 && ended.stdout !== "") return ended;
  throw new Error(`gixy ended with ${ended.code}: ${ended.stderr}`);
}
