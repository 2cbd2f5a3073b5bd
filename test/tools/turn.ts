import { basename } from "node:path";
import { expect } from "vitest";
import { withLock } from "../../toolchain/lock.ts";
import { sideBySide } from "../live/sideBySide.ts";
import { places, preparing } from "./locks.ts";

// Runs in a live file's process before the file is loaded, and waits until the file may begin.
await withLock(
  preparing,
  () => false,
  () => Promise.resolve(),
);
const mayShare = sideBySide.includes(basename(expect.getState().testPath ?? ""));
const own = Number(process.env.VITEST_POOL_ID) - 1;
for (const place of mayShare ? places.slice(own, own + 1) : places) await take(place);

/** Resolves once the lock is this process's, which keeps it until it ends. */
function take(lock: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const hold = (): Promise<void> => {
      resolve();
      return new Promise(() => undefined);
    };
    withLock(lock, () => false, hold).catch(reject);
  });
}
