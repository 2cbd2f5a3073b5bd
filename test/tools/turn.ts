import { basename } from "node:path";
import { afterAll, expect } from "vitest";
import { withLock } from "../../toolchain/lock.ts";
import { sideBySide } from "../live/sideBySide.ts";
import { places, preparing, takeLock } from "./locks.ts";
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
const own = Number(process.env.VITEST_POOL_ID) - 1;
for (const place of mayShare ? places.slice(own, own + 1) : places)
  // Hooks after all tests run in reverse order, so these come after the file's own.
  afterAll(await takeLock(place));
