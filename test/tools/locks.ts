import { join } from "node:path";
import { cacheFolder } from "../../toolchain/images/cache.ts";
import { leave, withLock } from "../../toolchain/lock.ts";
import { sleep } from "./wait.ts";

/** Held while what live tests need is made. */
export const preparing = join(cacheFolder, "live-tests-prepare.lock");

/**
 * Places on the machine: a file that runs beside others takes one, any other takes all. Two files left a fifth of two
 * cores idle, waiting for machines that boot and for deadlines.
 */
export const places = ["1", "2", "3"].map((place) => join(cacheFolder, `live-tests-${place}.lock`));

/**
 * Resolves once the lock is this process's, with what gives it back; a signal that ends the process does too.
 *
 * @param waiting as of {@link withLock}: where it gives up, there is nothing to give back
 */
export function takeLock(
  path: string,
  waiting: () => boolean = () => false,
): Promise<(() => Promise<void>) | undefined> {
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
    const held = withLock(path, waiting, hold);
    held.then(() => {
      resolve(undefined);
    }, reject);
  });
}

/** Resolves once one of the locks is this process's. */
export async function takeEither(paths: readonly string[]): Promise<() => Promise<void>> {
  for (;;) {
    for (const path of paths) {
      const giveBack = await takeLock(path, () => true);
      if (giveBack !== undefined) return giveBack;
    }
    await sleep(0.5);
  }
}

/** Resolves once all of the locks are this process's. */
export async function takeAll(paths: readonly string[]): Promise<() => Promise<void>> {
  const taken: (() => Promise<void>)[] = [];
  for (const path of paths) taken.push((await takeLock(path)) ?? (() => Promise.resolve()));
  return async () => {
    for (const giveBack of taken) await giveBack();
  };
}
