import { spawn } from "node:child_process";
import { access, readdir, readFile } from "node:fs/promises";

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
  // Without it (CONFIG_PROC_CHILDREN) all but the first process would count as nothing.
  await access("/proc/thread-self/children");
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

/**
 * MiB that a process and its descendants hold, from /proc (proc(5)). Asked of these alone: a look at all of the machine's
 * processes ten times a second would take a tenth of a core from what is measured.
 */
async function memoryOf(pid: number): Promise<number> {
  const [pages, children] = await Promise.all([residentOf(pid), childrenOf(pid)]);
  const others = await Promise.all(children.map(memoryOf));
  return others.reduce((sum, memory) => sum + memory, (pages * pageSize) / 1024 / 1024);
}

const pageSize = 4096;

/** Nothing of a process that has just ended. */
async function residentOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/statm`, "utf8").catch(() => "");
  return Number(text.split(" ")[1] ?? 0);
}

/** Each thread has the processes that it started. */
async function childrenOf(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, "utf8").catch(() => "")),
  );
  return lists.flatMap((list) => list.split(" ").filter((word) => word !== "")).map(Number);
}

/** The worst of several runs, as every figure here is told. */
export function worst(runs: Measured[]): Measured {
  return {
    seconds: Math.max(...runs.map((run) => run.seconds)),
    peakMemory: Math.max(...runs.map((run) => run.peakMemory)),
  };
}
