import { execFile, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { promisify } from "node:util";

export interface EngineProcess {
  /** Nothing where it couldn't be started. */
  pid: number | undefined;
  /** Ends with the exit code; text is what was printed. */
  ended: Promise<{ code: number; stdout: string; stderr: string }>;
  /** First the engine finishes the steps under way, then it stops where it is, then it is killed with its plugins. */
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
  // Its number may be somebody else's by then.
  const over = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const kill = async (): Promise<void> => {
    const rows = await processes();
    if (child.pid !== undefined && !over()) killFamily(child.pid, rows);
  };
  const interrupt = (): void => {
    if (++interrupts > 2) void kill();
    else child.kill("SIGINT");
  };
  const giveUp = (seconds: number): void => {
    if (over()) return;
    child.kill("SIGINT");
    const late = setTimeout(() => void kill(), seconds * 1000);
    child.on("exit", () => {
      clearTimeout(late);
    });
  };
  return { pid: child.pid, ended, interrupt, giveUp };
}

/** Kills a process and its descendants, which would outlive it: each plugin is the head of a group of its own. */
function killFamily(pid: number, rows: readonly Row[]): void {
  const family = (parent: number): number[] => [
    parent,
    ...rows.flatMap(([id, above]) => (above === parent ? family(id) : [])),
  ];
  for (const one of family(pid)) {
    try {
      process.kill(one, "SIGKILL");
    } catch {
      // It has just ended.
    }
  }
}

type Row = readonly [pid: number, parent: number];

/** All that run: as Linux has it in files, for its small images have no `ps`. */
async function processes(): Promise<Row[]> {
  if (existsSync("/proc/self/stat")) {
    const ids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    return ids.flatMap((id) => {
      const parent = parentOf(id);
      return parent === undefined ? [] : [[Number(id), parent] as const];
    });
  }
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid="]).catch(() => ({
    stdout: "",
  }));
  const lines = stdout.split("\n").map((line) => line.trim().split(/\s+/).map(Number));
  return lines.flatMap(([id, parent]) =>
    id === undefined || parent === undefined ? [] : [[id, parent] as const],
  );
}

/** By proc_pid_stat(5): `12 (a name) S 1 …`, where the name may hold anything. Nothing of one that has just ended. */
function parentOf(id: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${id}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")")).split(" ")[2]);
  } catch {
    return undefined;
  }
}
