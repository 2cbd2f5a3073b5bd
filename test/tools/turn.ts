import { rmSync } from "node:fs";
import { basename } from "node:path";
import { afterAll, expect } from "vitest";
import { withLock } from "../../toolchain/lock.ts";
import { sideBySide } from "../live/sideBySide.ts";
import { places, preparing } from "./locks.ts";
import { endWithParent } from "./orphan.ts";

// Runs in a live file's process before the file is loaded, and waits until the file may begin.
endWithParent();
const mayShare = sideBySide.includes(basename(expect.getState().testPath ?? ""));
/** Far beyond the ten minutes that making everything from nothing takes. */
const longestMs = 60 * 60_000;
if (!mayShare) {
  const began = Date.now();
  await withLock(
    preparing,
    ({ pid }) => {
      if (Date.now() - began < longestMs) return false;
      throw new Error(`what live tests need must be made within an hour, got process ${pid} still at it`);
    },
    () => Promise.resolve(),
  );
}
const taken: string[] = [];
// A lock whose holder was killed is taken over, but not once its number is another process's.
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => {
    for (const place of taken) rmSync(place, { force: true });
    process.kill(process.pid, signal);
  });
const own = Number(process.env.VITEST_POOL_ID) - 1;
for (const place of mayShare ? places.slice(own, own + 1) : places) {
  const leave = await take(place);
  taken.push(place);
  // Hooks after all tests run in reverse order, so these come after the file's own.
  afterAll(leave);
}

/** Resolves once the lock is this process's, with what gives it back. */
function take(lock: string): Promise<() => Promise<void>> {
  return new Promise((resolve, reject) => {
    let leave: () => void;
    const work = new Promise<void>((end) => (leave = end));
    const hold = (): Promise<void> => {
      resolve(() => {
        leave();
        return held;
      });
      return work;
    };
    const held = withLock(lock, () => false, hold);
    held.catch(reject);
  });
}
