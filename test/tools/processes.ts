import { readdir, readFile } from "node:fs/promises";

/** The parent of every process of this machine, and so of every container, from /proc (proc(5)). */
export async function processTable(): Promise<Map<number, number>> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const pairs = await Promise.all(pids.map(async (pid) => [pid, await parentOf(pid)] as const));
  return new Map(pairs.filter((pair): pair is [number, number] => pair[1] !== undefined));
}

async function parentOf(pid: number): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  return stat === undefined ? undefined : Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}

export async function childrenOf(parent: number, table?: Map<number, number>): Promise<number[]> {
  const parents = table ?? (await processTable());
  return [...parents].filter(([, parentId]) => parentId === parent).map(([pid]) => pid);
}

/** A process, its children, and theirs. */
export async function familyOf(pid: number, table: Map<number, number>): Promise<number[]> {
  const children = await childrenOf(pid, table);
  return [pid, ...(await Promise.all(children.map((child) => familyOf(child, table)))).flat()];
}

/** The processes that were started with this word. */
export async function processesWith(word: string): Promise<number[]> {
  const pids = [...(await processTable()).keys()];
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")),
  );
  return pids.filter((_, index) => lines[index]?.split("\0").includes(word));
}

/** Kills a process, unless it has just ended by itself. */
export function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone.
  }
}
