import { existsSync, readFileSync } from "node:fs";
import { execa } from "execa";
import { type Step, ticking } from "./progress.ts";

const OPTIONS = [
  "-y",
  "-q",
  "--no-install-recommends",
  "-o",
  "DPkg::Lock::Timeout=120",
  "-o",
  "APT::Status-Fd=3",
];

/**
 * Installs the distribution's Docker Engine. Recommended packages stay out, but for AppArmor's parser where the
 * kernel has AppArmor on: without it no container starts there.
 *
 * @throws with apt's own last error
 */
export async function installEngine(step: Step): Promise<void> {
  const packages = ["docker.io", "ca-certificates", ...(apparmor() ? ["apparmor"] : [])];
  const ticker = ticking(step, "asking apt for docker.io");
  try {
    if (!(await hasCandidate("docker.io"))) await apt(["update"], "reading package lists", ticker.note);
    const first = await apt(["install", ...packages], "installing docker.io", ticker.note).catch(
      () => "stale lists",
    );
    if (first === undefined) return;
    // Lists that are out of date name files the mirror no longer has.
    await apt(["update"], "reading package lists", ticker.note);
    await apt(["install", ...packages], "installing docker.io", ticker.note);
  } finally {
    ticker.stop();
  }
}

async function hasCandidate(name: string): Promise<boolean> {
  const policy = await execa("apt-cache", ["policy", name], { env: { LC_ALL: "C" }, reject: false });
  return /Candidate: \d/.test(policy.stdout);
}

async function apt(args: string[], doing: string, note: (text: string) => void): Promise<undefined> {
  note(doing);
  const run = await execa("apt-get", [...OPTIONS, ...args], {
    env: { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" },
    stdio: [
      "ignore",
      "pipe",
      "pipe",
      function* (line: unknown) {
        const percent = aptPercent(String(line));
        if (percent !== undefined) note(`${doing}, ${percent} %`);
        yield line;
      },
    ],
    reject: false,
  });
  if (run.failed) throw new Error(`docker: apt-get ${args[0]} must work, got "${aptError(run.stderr)}"`);
}

/** How far a download or an installation is, from a line like `pmstatus:docker.io:45.4:Unpacking docker.io`. */
export function aptPercent(line: string): number | undefined {
  const percent = /^(?:dl|pm)status:.+?:([\d.]+):/.exec(line)?.[1];
  return percent === undefined ? undefined : Math.round(Number(percent));
}

/** The first error among what apt wrote; what follows it is advice. */
export function aptError(text: string): string {
  const line = text.split("\n").find((one) => one.startsWith("E: "));
  return line?.slice(3) ?? text.trim().split("\n").at(-1) ?? "";
}

function apparmor(): boolean {
  const file = "/sys/module/apparmor/parameters/enabled";
  return existsSync(file) && readFileSync(file, "utf8").startsWith("Y");
}
