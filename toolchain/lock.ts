import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Who holds a lock, as its file says. The host counts because containers may share a cache folder. */
export interface Holder {
  pid: number;
  host: string;
}

const BEAT_MS = 2_000;
/** A holder on another host is known by its heartbeat alone. */
const SILENT_MS = 30_000;

/** Whether a lock's holder is gone: its process ended or, on another host, its heartbeat did. */
export function isStale(
  holder: Holder,
  host: string,
  silentMs: number,
  alive: (pid: number) => boolean,
): boolean {
  return holder.host === host ? !alive(holder.pid) : silentMs > SILENT_MS;
}

/**
 * Runs `work` while no other process does. A lock whose holder died is taken over.
 *
 * @param waiting called twice a second while another holds the lock; true gives up, when it did the work for us
 */
export async function withLock(
  path: string,
  waiting: (holder: Holder) => boolean,
  work: () => Promise<void>,
): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  while (!take(path)) {
    const holder = readHolder(path);
    if (holder === undefined) continue;
    if (isStale(holder, hostname(), silence(path), isAlive)) evict(path, holder);
    else if (waiting(holder)) return;
    else await sleep(500);
  }
  const beat = setInterval(() => {
    touch(path);
  }, BEAT_MS).unref();
  const release = (): void => {
    leave(path);
  };
  process.once("exit", release);
  try {
    await work();
  } finally {
    clearInterval(beat);
    process.off("exit", release);
    release();
  }
}

/** Written beside and linked into place, so that a lock always says who holds it. */
function take(path: string): boolean {
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, JSON.stringify({ pid: process.pid, host: hostname() } satisfies Holder));
  try {
    linkSync(mine, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Gives back a lock of this process; one that it gave back before may be another's by now, and stays. */
export function leave(path: string): void {
  const holder = readHolder(path);
  if (holder?.pid === process.pid && holder.host === hostname()) rmSync(path, { force: true });
}

/** Moves a dead holder's lock away; when another process was quicker and it is a living one's, puts it back. */
function evict(path: string, dead: Holder): void {
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  const moved = readHolder(aside);
  if (moved !== undefined && (moved.pid !== dead.pid || moved.host !== dead.host)) linkSync(aside, path);
  rmSync(aside, { force: true });
}

/** Undefined when there is no lock; a file that can't be read as one is nobody's, and goes stale by its silence. */
function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Holder;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? undefined : { pid: 0, host: "" };
  }
}

function touch(path: string): void {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // Whoever deletes the cache folder during a build loses the lock with it.
  }
}

function silence(path: string): number {
  return Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
}

/** Whether a process of this host runs; one of another user counts. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
