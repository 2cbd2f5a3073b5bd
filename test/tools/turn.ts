import { basename } from "node:path";
import { afterAll, expect } from "vitest";
import { withLock } from "../../toolchain/lock.ts";
import { sideBySide } from "../live/sideBySide.ts";
import { places, preparing, takeAll, takeEither } from "./locks.ts";
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
// Whichever is free: two workers of a run may have one VITEST_POOL_ID (4.1.12 frees that of a group's last file late).
// Hooks after all tests run in reverse order, so this comes after the file's own.
afterAll(await (mayShare ? takeEither(places) : takeAll(places)));
