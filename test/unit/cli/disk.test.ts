import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type Docker from "dockerode";
import { execa } from "execa";
import { test } from "vitest";
import { diskOf, roomIn } from "../../../cli/docker/disk.ts";
import { diskVerdict } from "../../../cli/verify/disk.ts";
import { script } from "../../../components/machine/scripts.ts";

const gib = 1024 ** 3;

test("a disk is well with a tenth free, a warning below that, and a failure below 2 GiB, with what makes room", () => {
  const found = (size: number, free: number) => {
    const disk = { machine: "vru", folder: "/var/lib/docker", size: size * gib, free: free * gib };
    const { level, what, outcome, detail } = diskVerdict(disk, "prod");
    assert.deepEqual([level, what], ["machine", "disk of vru"]);
    return `${outcome}: ${detail}`;
  };
  const mended = "free below /var/lib/docker; berth prune --stack prod makes room";
  assert.equal(found(80, 8), "pass: 8.0G of 80.0G free below /var/lib/docker");
  assert.equal(found(80, 7.9), `warn: 7.9G of 80.0G ${mended}`);
  assert.equal(found(80, 1.9), `fail: 1.9G of 80.0G ${mended}`);
  // A small one that has a tenth.
  assert.equal(found(10, 1.5), `fail: 1.5G of 10.0G ${mended}`);
  assert.equal(found(10, 2), "pass: 2.0G of 10.0G free below /var/lib/docker");
});

test("a disk that can't be looked at is left out, with the reason", () => {
  assert.deepEqual(diskVerdict({ machine: "vru", reason: "it isn't this machine's" }, "prod"), {
    level: "machine",
    what: "disk of vru",
    outcome: "skip",
    detail: "can't be looked at from here: it isn't this machine's",
  });
});

test("the disk is the one that the engine keeps its data on", async () => {
  const folder = await mkdtemp(join(tmpdir(), "berth-disk-"));
  const engine = (root: string) =>
    ({ info: () => Promise.resolve({ Name: "vru", DockerRootDir: root }) }) as unknown as Docker;
  const disk = await diskOf(engine(folder));
  assert.ok("size" in disk && disk.size >= disk.free && disk.free > 0, JSON.stringify(disk));
  assert.deepEqual([disk.machine, disk.folder], ["vru", folder]);
  await rm(folder, { recursive: true });
  assert.deepEqual(await diskOf(engine(folder)), { machine: "vru", reason: "it isn't this machine's" });
});

test("what df says is read in KiB, whatever the file system is called", async () => {
  const heading = "Filesystem     1024-blocks     Used Available Capacity Mounted on\n";
  const line = "/dev/mapper/a b 102400 10240 92160      10% /var/lib/docker\n";
  assert.deepEqual(roomIn(heading + line), { size: 100 * 1024 ** 2, free: 90 * 1024 ** 2 });
  assert.deepEqual(
    roomIn(`${heading}${line}/dev/sdb 102400 102400 0 100% /var/lib/docker/volumes\n`),
    { size: 100 * 1024 ** 2, free: 0 },
    "the fuller of two counts",
  );
  assert.equal(roomIn(heading), undefined);
  const { stdout } = await execa("df", ["-Pk", tmpdir()], { env: { LC_ALL: "C" } });
  const own = roomIn(stdout);
  assert.ok(own !== undefined && own.size >= own.free, stdout);
});

test("the server's own verb tells room by the same limits", async () => {
  const room = async (size: number, free: number) => {
    const [, own = ""] = /\n(room\(\) \{\n[\s\S]*?\n\})\n/.exec(script("verb/head")) ?? [];
    const stubs = [
      "docker() { echo /var/lib/docker; }",
      `df() { echo '1K-blocks Avail'; echo '${size * 1024 ** 2} ${free * 1024 ** 2}'; }`,
    ];
    const { exitCode, stdout } = await execa("dash", ["-euc", [...stubs, own, "room"].join("\n")], {
      reject: false,
    });
    return [exitCode, stdout];
  };
  const mended = "free; berth prune makes room";
  assert.deepEqual(await room(80, 8), [0, "8.0G of 80.0G free"]);
  assert.deepEqual(await room(80, 7.5), [0, `7.5G of 80.0G ${mended}`]);
  assert.deepEqual(await room(10, 1.5), [1, `1.5G of 10.0G ${mended}`]);
});
