import { execFile } from "node:child_process";
import { access, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import envPaths from "env-paths";

const run = promisify(execFile);

/** https://pypi.org/project/gixy-ng, the maintained fork: the original doesn't run on a current Python. */
const version = "0.2.59";

export interface Finding {
  rule: string;
  severity: string;
  reason: string;
}

/**
 * The path of `gixy`, installed once into the cache folder; or why it can't be had here, if python3, its venv module
 * or the package index is missing. Any other failure is thrown.
 */
export async function installGixy(): Promise<{ program: string } | { missing: string }> {
  const home = join(envPaths("berth", { suffix: "" }).cache, `gixy-ng-${version}`);
  const program = join(home, "bin", "gixy");
  const there = await access(program).then(
    () => true,
    () => false,
  );
  if (there) return { program };
  try {
    await rm(home, { recursive: true, force: true });
    await run("python3", ["-m", "venv", home]);
    await run(join(home, "bin", "pip"), ["install", "--quiet", `gixy-ng==${version}`]);
    return { program };
  } catch (error) {
    await rm(home, { recursive: true, force: true });
    return { missing: missing(error) };
  }
}

function missing(error: unknown): string {
  const { code, stdout = "", stderr = "" } = error as { code?: unknown; stdout?: string; stderr?: string };
  if (code === "ENOENT") return "there is no python3";
  if ((stdout + stderr).includes("ensurepip is not available")) return "python3 has no venv module";
  if (/No matching distribution|Could not fetch|connection|timed out/i.test(stderr))
    return "the Python package index can't be reached";
  throw error;
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
