import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { VolumeInspectInfo } from "dockerode";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { filesIn } from "../../../../cli/docker/archive.ts";
import { openLocalDocker } from "../../../../cli/docker/open.ts";
import { dockerOver } from "../../../../cli/docker/remote.ts";
import { volumesHere } from "../../../../cli/docker/volumeFiles.ts";
import { connection } from "../../../../components/ssh/connection.ts";

let top: string;
let folder: string;
let info: object;
let user: number;
const docker = createServer((_, response) => response.end(JSON.stringify(info)));
const plain = { SecurityOptions: ["name=seccomp,profile=default", "name=cgroupns"] };

beforeEach(async () => {
  [info, user] = [plain, 0];
  top = await mkdtemp(join(tmpdir(), "berth-volume-"));
  folder = join(top, "volumes/v/_data");
  await mkdir(join(folder, "inner/most"), { recursive: true });
  await writeFile(join(folder, "app.ini"), "ü".repeat(400));
  await writeFile(join(folder, "inner/most/größe"), "");
  await writeFile(join(folder, "inner/bytes"), Buffer.from([0, 255, 254, 10]));
  await symlink("app.ini", join(folder, "link"));
  await symlink("/etc", join(folder, "inner/etc"));
  execFileSync("mkfifo", [join(folder, "pipe")]);
  vi.stubEnv("DOCKER_HOST", `unix://${join(top, "docker.sock")}`);
  vi.spyOn(process, "getuid").mockImplementation(() => user);
  await new Promise<void>((resolve) => docker.listen(join(top, "docker.sock"), resolve));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  docker.closeAllConnections();
  await new Promise((resolve) => docker.close(resolve));
  await rm(top, { recursive: true });
});

/** As the engine lists it, with the time of a folder's last change as it writes it, in its own zone. */
async function listed(timed = folder, more: Partial<VolumeInspectInfo> = {}): Promise<VolumeInspectInfo> {
  const { ctimeMs } = await stat(timed);
  const there = new Date(Math.floor(ctimeMs / 1000) * 1000 + 2 * 3600_000);
  const CreatedAt = there.toISOString().replace(".000Z", "+02:00");
  return { Name: "v", Driver: "local", Mountpoint: folder, Options: null, CreatedAt, ...more } as never;
}

const read = async (volume: VolumeInspectInfo) => await (await volumesHere(openLocalDocker()))(volume);

it("files are read as the engine's archive has them", async () => {
  const archive = execFileSync("tar", ["-c", "-C", dirname(folder), "_data"]);
  const byName = (files = filesIn(archive)) => files.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  expect(byName().map(({ name }) => name)).toEqual(["app.ini", "inner/bytes", "inner/most/größe"]);
  // Older engines tell the time of the folder, newer ones of the one around.
  expect(byName(await read(await listed()))).toEqual(byName());
  expect(byName(await read(await listed(dirname(folder))))).toEqual(byName());
});

it("a folder that isn't the engine's, is of another kind or can't be read is left to the engine", async () => {
  const volume = await listed();
  const others: Partial<VolumeInspectInfo & { CreatedAt: string }>[] = [
    { CreatedAt: "2020-01-01T00:00:00Z" },
    { CreatedAt: undefined },
    { Mountpoint: "/nowhere/volumes/v/_data" },
    { Driver: "nfs" },
    { Options: { type: "nfs", device: ":/srv" } },
  ];
  for (const other of others) expect(await read({ ...volume, ...other })).toBeUndefined();
});

it("an engine whose users aren't the machine's, and one that doesn't say, are asked themselves", async () => {
  const volume = await listed();
  for (const option of ["name=rootless", "name=userns"]) {
    info = { SecurityOptions: [...plain.SecurityOptions, option] };
    expect(await read(volume)).toBeUndefined();
  }
  info = { SecurityOptions: null };
  expect(await read(volume)).toBeUndefined();
});

it("so is an engine elsewhere, and every one by who isn't root", async () => {
  const volume = await listed();
  const way = connection({ address: "203.0.113.5", user: "deploy", hostKey: "ssh-ed25519 AAAA" });
  expect(await (await volumesHere(dockerOver(way)))(volume)).toBeUndefined();
  user = 1000;
  expect(await read(volume)).toBeUndefined();
  user = 0;
  expect(await read(volume)).toHaveLength(3);
  vi.stubEnv("DOCKER_HOST", "tcp://127.0.0.1:1");
  expect(await read(volume)).toBeUndefined();
});
