import { join } from "node:path";
import { cacheFolder } from "../../toolchain/images/cache.ts";
import { leave, withLock } from "../../toolchain/lock.ts";

/** Held while what live tests need is made. */
export const preparing = join(cacheFolder, "live-tests-prepare.lock");

/** Places on the machine: a file that runs beside another takes one, any other takes both. */
export const places = ["1", "2"].map((place) => join(cacheFolder, `live-tests-${place}.lock`));

/** Resolves once the lock is this process's, with what gives it back; a signal that ends the process does too. */
export function takeLock(path: string): Promise<() => Promise<void>> {
  return new Promise((resolve, reject) => {
    const end = (signal: NodeJS.Signals): void => {
      // Processes get the numbers of dead ones, so a lock that stays may count as a living one's.
      leave(path);
      process.kill(process.pid, signal);
    };
    let giveBack: () => void;
    const work = new Promise<void>((done) => (giveBack = done));
    const hold = (): Promise<void> => {
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, end);
      resolve(() => {
        giveBack();
        return held;
      });
      return work;
    };
    const held = withLock(path, () => false, hold);
    held.catch(reject);
  });
}
