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

/** Whether a lock is of that process. The engine takes it within the second or so that it needs to begin. */
export function isSame(holder: Holder, last: Holder | undefined): boolean {
  return (
    holder.pid === last?.pid &&
    holder.user === last.user &&
    holder.host === last.host &&
    // A lock that the engine words has whole seconds.
    holder.since.getTime() >= last.since.getTime() - 1000
  );
}

/** Whether a lock was taken by an engine of this data folder's. */
export function wasOurs(runs: string, stack: string, holder: Holder): boolean {
  return isSame(holder, lastEngine(runs, stack));
}
