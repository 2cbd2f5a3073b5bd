import { execFile, spawn } from "node:child_process";
import { promisify } from "node:util";

export interface EngineProcess {
  /** Ends with the exit code; text is what was printed. */
  ended: Promise<{ code: number; stdout: string; stderr: string }>;
  /** First the engine finishes the steps under way, then it stops where it is, then it is killed. */
  interrupt(): void;
  /** Interrupts it, and kills it with its plugins after so many seconds more. */
  giveUp(seconds: number): void;
}

/**
 * Starts the engine in a session of its own: ^C on a terminal goes to a whole group of processes, and the engine takes
 * two of them as "stop where you are". We pass it on, once for each time it was meant.
 */
export function startEngine(
  program: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): EngineProcess {
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr, interrupts] = ["", "", 0];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise<{ code: number; stdout: string; stderr: string }>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const last =
        signal === null ? "" : `the engine was killed by ${signal}; the next run cleans up after it`;
      resolve({ code: code ?? 1, stdout, stderr: stderr + last });
    });
  });
  const interrupt = (): void => void child.kill(++interrupts > 2 ? "SIGKILL" : "SIGINT");
  const giveUp = (seconds: number): void => {
    child.kill("SIGINT");
    const late = setTimeout(() => void killFamily(child.pid), seconds * 1000);
    child.on("close", () => {
      clearTimeout(late);
    });
  };
  return { ended, interrupt, giveUp };
}

/** Kills a process and its descendants, which would outlive it: each plugin is the head of a group of its own. */
async function killFamily(pid: number | undefined): Promise<void> {
  if (pid === undefined) return;
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid="]).catch(() => ({
    stdout: "",
  }));
  const rows = stdout.split("\n").map((line) => line.trim().split(/\s+/).map(Number));
  const family = (parent: number): number[] => [
    parent,
    ...rows.flatMap(([id = 0, above]) => (above === parent ? family(id) : [])),
  ];
  for (const one of family(pid)) {
    try {
      process.kill(one, "SIGKILL");
    } catch {
      // It has just ended.
    }
  }
}
