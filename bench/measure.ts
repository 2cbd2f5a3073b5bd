import { spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";

export interface Measured {
  seconds: number;
  /** Most memory that the command and all it started held at once, in MiB; sampled ten times a second. */
  peakMemory: number;
}

/** Runs a command to its end and watches it. Throws with its output when it fails. */
export async function measure(
  command: string,
  args: string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<Measured> {
  const start = performance.now();
  const child = spawn(command, args, {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output: string[] = [];
  child.stdout.on("data", (text: Buffer) => output.push(text.toString()));
  child.stderr.on("data", (text: Buffer) => output.push(text.toString()));
  let peak = 0;
  const sample = setInterval(
    () => void memoryOf(child.pid ?? 0).then((now) => (peak = Math.max(peak, now))),
    100,
  );
  const code = await new Promise<number | null>((resolve, reject) =>
    child.on("close", resolve).on("error", reject),
  );
  clearInterval(sample);
  const seconds = (performance.now() - start) / 1000;
  if (code !== 0)
    throw new Error(`${command} ${args.join(" ")}: must succeed, got exit code ${code}\n${output.join("")}`);
  return { seconds, peakMemory: Math.round(peak) };
}

/** MiB that a process and its descendants hold, from /proc (proc(5)). */
async function memoryOf(root: number): Promise<number> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const stats = await Promise.all(pids.map(statOf));
  const family = new Set([root]);
  // Parents are older than their children, and ids rise: one pass finds all but after a wrap.
  for (const { pid, parent } of stats.filter((stat) => stat !== undefined).sort((a, b) => a.pid - b.pid)) {
    if (family.has(parent)) family.add(pid);
  }
  return stats.reduce((sum, stat) => sum + (stat && family.has(stat.pid) ? stat.memory : 0), 0);
}

const pageSize = 4096;

async function statOf(pid: number) {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { pid, parent: Number(fields[1]), memory: (Number(fields[21]) * pageSize) / 1024 / 1024 };
}

/** The worst of several runs, as every figure here is told. */
export function worst(runs: Measured[]): Measured {
  return {
    seconds: Math.max(...runs.map((run) => run.seconds)),
    peakMemory: Math.max(...runs.map((run) => run.peakMemory)),
  };
}
