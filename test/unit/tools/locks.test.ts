import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "vitest";
import { takeAll, takeEither, takeLock } from "../../tools/locks.ts";
import { sleep } from "../../tools/wait.ts";

const child = join(import.meta.dirname, "locks.child.ts");

function lockPath(): string {
  return join(mkdtempSync(join(tmpdir(), "berth-locks-")), "lock");
}

/** A process that has taken the lock; the function ends it by SIGTERM, and yields the signal that it ended by. */
async function taker(...words: string[]): Promise<() => Promise<unknown>> {
  const other = spawn(process.execPath, ["--import", "tsx", child, ...words], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(other.stdout, "data");
  return async () => {
    other.kill("SIGTERM");
    const [, signal] = (await once(other, "exit")) as [unknown, unknown];
    return signal;
  };
}

test("a process that is ended gives back the lock that it holds", async () => {
  const path = lockPath();
  const end = await taker(path);
  assert.equal(existsSync(path), true);
  assert.equal(await end(), "SIGTERM");
  assert.equal(existsSync(path), false);
});

test("a process that is ended leaves alone what it gave back, and another holds now", async () => {
  const path = lockPath();
  const end = await taker(path, "soon");
  const giveBack = await takeLock(path);
  assert.equal(await end(), "SIGTERM");
  assert.equal(existsSync(path), true);
  assert.ok(giveBack);
  await giveBack();
  assert.equal(existsSync(path), false);
});

test("of two places whichever is free is taken, and both by who wants both, once they are", async () => {
  const paths = [lockPath(), lockPath()];
  const holders = [await takeEither(paths), await takeEither(paths)];
  assert.deepEqual(
    paths.map((path) => existsSync(path)),
    [true, true],
  );
  let all = false;
  const alone = takeAll(paths).then((giveBack) => {
    all = true;
    return giveBack;
  });
  await holders[1]?.();
  await sleep(1);
  assert.equal(all, false);
  await holders[0]?.();
  const giveBack = await alone;
  await giveBack();
  assert.deepEqual(
    paths.map((path) => existsSync(path)),
    [false, false],
  );
});
