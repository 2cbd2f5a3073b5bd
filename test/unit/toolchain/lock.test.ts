import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "vitest";
import { type Holder, isStale, withLock } from "../../../toolchain/lock.ts";

const never = (holder: Holder): boolean => assert.fail(`must not wait for ${holder.pid}`);

test("a holder here is gone with its process, one elsewhere with its beat", () => {
  const dead = (): boolean => false;
  const alive = (): boolean => true;
  assert.equal(isStale({ pid: 7, host: "here" }, "here", 0, dead), true);
  assert.equal(isStale({ pid: 7, host: "here" }, "here", 999_999, alive), false);
  assert.equal(isStale({ pid: 7, host: "there" }, "here", 30_000, dead), false);
  assert.equal(isStale({ pid: 7, host: "there" }, "here", 30_001, alive), true);
});

test("the lock of a dead process is taken over, and gone afterwards", async () => {
  const path = lockPath();
  const pid = spawnSync("true").pid; // it has ended
  writeFileSync(path, JSON.stringify({ pid, host: hostname() }));
  let held: unknown;
  await withLock(path, never, async () => {
    held = JSON.parse(await Promise.resolve(readFileSync(path, "utf8")));
  });
  assert.deepEqual(held, { pid: process.pid, host: hostname() });
  assert.equal(existsSync(path), false);
});

test("a lock file that says nothing goes stale by its silence", async () => {
  const path = lockPath();
  writeFileSync(path, "");
  const longAgo = new Date(Date.now() - 60_000);
  utimesSync(path, longAgo, longAgo);
  let ran = false;
  await withLock(path, never, () => Promise.resolve(void (ran = true)));
  assert.equal(ran, true);
});

test("a living holder is waited for, and left alone when it did the work", async () => {
  const path = lockPath();
  writeFileSync(path, JSON.stringify({ pid: process.pid, host: hostname() }));
  const seen: Holder[] = [];
  const done = (holder: Holder): boolean => seen.push(holder) === 2;
  await withLock(path, done, () => assert.fail("must not work"));
  assert.deepEqual(seen, Array(2).fill({ pid: process.pid, host: hostname() }));
  assert.equal(existsSync(path), true);
});

test("two at once take turns", async () => {
  const path = lockPath();
  const events: string[] = [];
  const work = (name: string) => async (): Promise<void> => {
    events.push(`${name} starts`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    events.push(`${name} ends`);
  };
  await Promise.all([withLock(path, () => false, work("a")), withLock(path, () => false, work("b"))]);
  assert.deepEqual(events, ["a starts", "a ends", "b starts", "b ends"]);
});

test("work that fails lets go of the lock", async () => {
  const path = lockPath();
  await assert.rejects(
    withLock(path, never, () => Promise.reject(new Error("no"))),
    { message: "no" },
  );
  assert.equal(existsSync(path), false);
});

function lockPath(): string {
  return join(mkdtempSync(join(tmpdir(), "berth-lock-")), "lock");
}
