import { readFile } from "node:fs/promises";
import { hostname, userInfo } from "node:os";

/** Who holds a stack, as written into a lock. */
export interface Holder {
  pid: number;
  user: string;
  host: string;
  since: Date;
  /** The command it is at work on, such as `berth up`; the engine's own locks don't say. */
  doing?: string;
}

/** Reads a lock of the engine's file backend (pulumi/pulumi pkg/backend/diy/lock.go) or one of ours. */
export function parseHolder(text: string): Holder | undefined {
  try {
    const lock: unknown = JSON.parse(text);
    if (typeof lock !== "object" || lock === null) return undefined;
    const { pid, username, hostname: host, timestamp, doing } = lock as Record<string, unknown>;
    const since = new Date(String(timestamp));
    if (typeof pid !== "number" || Number.isNaN(since.getTime())) return undefined;
    const more = typeof doing === "string" && { doing };
    return { pid, user: String(username), host: String(host), since, ...more };
  } catch {
    return undefined;
  }
}

/** A lock's text, in the engine's own form. */
export function holderText({ pid, user, host, since, doing }: Holder): string {
  return JSON.stringify({ pid, username: user, hostname: host, timestamp: since.toISOString(), doing });
}

/** This process, from now on. */
export function thisHolder(doing?: string): Holder {
  const own = { pid: process.pid, user: userInfo().username, host: hostname(), since: new Date() };
  return { ...own, ...(doing !== undefined && { doing }) };
}

/** `pid 4711 of ada on laptop with berth up, since 2026-11-29T14:02:11Z`. */
export function describeHolder({ pid, user, host, since, doing }: Holder): string {
  const work = doing === undefined ? "" : ` with ${doing}`;
  return `pid ${pid} of ${user} on ${host}${work}, since ${since.toISOString().replace(/\.\d+Z$/, "Z")}`;
}

/** When a process of this machine began; nothing if there is none. */
export type StartOf = (pid: number) => Promise<Date | undefined>;

/**
 * Whether the holder may still be at work. Of another machine's processes we know nothing, so they are. A process
 * that began after the lock was written is another one that got the same id.
 */
export async function alive(
  holder: Holder,
  here = hostname(),
  startOf: StartOf = processStart,
): Promise<boolean> {
  if (holder.host !== here) return true;
  const start = await startOf(holder.pid);
  return start !== undefined && start.getTime() <= holder.since.getTime() + 1000;
}

/** From /proc (proc(5)): field 22 of stat counts clock ticks, a hundred a second, since the machine started. */
export async function processStart(pid: number): Promise<Date | undefined> {
  try {
    const [stat, uptime] = await Promise.all([
      readFile(`/proc/${pid}/stat`, "utf8"),
      readFile("/proc/uptime", "utf8"),
    ]);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z") return undefined;
    return new Date(Date.now() - Number(uptime.split(" ")[0]) * 1000 + Number(fields[19]) * 10);
  } catch {
    return runs(pid) ? new Date(0) : undefined;
  }
}

/** For machines without /proc. */
function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
