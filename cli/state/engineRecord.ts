import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { holderText, parseHolder, thisHolder, type Holder } from "./holder.ts";

/**
 * Which of the engine's processes took a stack's lock last, of this data folder. The lock itself names a machine, and two
 * may have one name: only of a process that is written down here it is known that it was this one's.
 */
function recordFile(runs: string, stack: string): string {
  return join(runs, `${stack}.engine`);
}

export function keepEngine(runs: string, stack: string, pid: number): void {
  writeFileSync(recordFile(runs, stack), holderText({ ...thisHolder(), pid }), { mode: 0o600 });
}

/** The last one of a command before this one; nothing where there was none. */
export function lastEngine(runs: string, stack: string): Holder | undefined {
  try {
    return parseHolder(readFileSync(recordFile(runs, stack), "utf8"));
  } catch {
    return undefined;
  }
}

/** Milliseconds that an engine may take to its lock. It needs a second or so; where its backend is slow, some more. */
const beginning = 60_000;

/** Whether a lock is of that process, and not of a later one on another machine that has its number. */
export function isSame(holder: Holder, last: Holder | undefined): boolean {
  if (last === undefined) return false;
  const after = holder.since.getTime() - last.since.getTime();
  return (
    holder.pid === last.pid &&
    holder.user === last.user &&
    holder.host === last.host &&
    // A lock that the engine words has whole seconds.
    after >= -1000 &&
    after <= beginning
  );
}

/** Whether a lock was taken by an engine of this data folder's. */
export function wasOurs(runs: string, stack: string, holder: Holder): boolean {
  return isSame(holder, lastEngine(runs, stack));
}
