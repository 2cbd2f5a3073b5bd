import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "vitest";
import {
  byDigest,
  digestFor,
  lockText,
  parseLock,
  readLock,
  writeLock,
} from "../../../toolchain/registry/lockFile.ts";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const locked = new Map([
  ["redis:7", digest("b")],
  ["nginx:1.30", digest("a")],
]);

test("the file has a line an image, sorted, and reads back as it was", async () => {
  const folder = await mkdtemp(join(tmpdir(), "berth-lock-"));
  const file = join(folder, "berth.lock.json");
  try {
    assert.deepEqual([...readLock(file)], []);
    await writeLock(locked, file);
    assert.equal(
      await readFile(file, "utf8"),
      `{\n  "version": 1,\n  "images": {\n    "nginx:1.30": "${digest("a")}",\n    "redis:7": "${digest("b")}"\n  }\n}\n`,
    );
    assert.deepEqual(readLock(file), new Map([...locked].reverse()));
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("a file that can't be meant is refused with the way out", () => {
  const fix = "git checkout berth.lock.json, or delete it and run berth lock";
  const cases: [text: string, rule: string][] = [
    ["<<<<<<< HEAD", "must be JSON"],
    ["7", "must be JSON"],
    ['{"version": 2, "images": {}}', "version must be 1, got 2"],
    ['{"version": 1}', "images must be a map of digests"],
    [
      '{"version": 1, "images": {"nginx:1.30": "latest"}}',
      'images.nginx:1.30 must be "sha256:<64 hex digits>", got "latest"',
    ],
  ];
  for (const [text, rule] of cases)
    assert.throws(() => parseLock(text), { message: `berth.lock.json: ${rule}; ${fix}` });
});

test("every way to write a reference finds its digest, and one of its own comes first", () => {
  for (const name of ["nginx:1.30", "docker.io/library/nginx:1.30", "index.docker.io/nginx:1.30"])
    assert.equal(digestFor(name, locked), digest("a"), name);
  assert.equal(digestFor(`nginx:1.30@${digest("c")}`, locked), digest("c"));
  assert.equal(digestFor("nginx:1.29", locked), undefined);
  assert.equal(digestFor("nginx", new Map([["nginx:latest", digest("d")]])), digest("d"));
});

test("what an engine pulls has a digest and no tag", () => {
  assert.equal(byDigest("nginx:1.30", digest("a")), `nginx@${digest("a")}`);
  assert.equal(
    byDigest("registry.example:5000/team/api:2", digest("a")),
    `registry.example:5000/team/api@${digest("a")}`,
  );
  assert.equal(lockText(new Map()), '{\n  "version": 1,\n  "images": {}\n}\n');
});
