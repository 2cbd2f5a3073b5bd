import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import type Docker from "dockerode";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openBackedUp, type BackedUp } from "../../../cli/backup/place.ts";
import { Refusal } from "../../../cli/refusal.ts";
import { restoreLabel } from "../../../cli/restore/followed.ts";
import { restore } from "../../../cli/verbs/restore.ts";

vi.mock(import("../../../cli/backup/place.ts"), async (original) => ({
  ...(await original()),
  openBackedUp: vi.fn<typeof openBackedUp>(),
}));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-restore-"));
  vi.stubEnv("PULUMI_BACKEND_URL", `file://${folder}`);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** A stack of which no service runs, and the containers that its engine lists. */
function stack(...containers: object[]): void {
  const docker = {
    listContainers: () => Promise.resolve(containers),
    listNetworks: () => Promise.resolve([]),
    listVolumes: () => Promise.resolve({ Volumes: null }),
  } as unknown as Docker;
  const session = { home: { runs: folder }, stack: { name: "prod" }, output: { say: () => undefined } };
  vi.mocked(openBackedUp).mockResolvedValue({
    ...{ session, docker, machines: [{ docker, services: [] }] },
  } as unknown as BackedUp);
}

test("a restore that was cut off is followed whether or not backups are made meanwhile", async () => {
  stack({ Id: "left", Labels: { [restoreLabel]: "app" } });
  // It has come as far as to look at what is asked for.
  await expect(restore({ config: [], at: "2d" })).rejects.toThrow(
    /^restore: must follow the one that was cut off before another begins/,
  );
});

test("another begins with backups alone", async () => {
  stack();
  await expect(restore({ config: [] })).rejects.toEqual(
    new Refusal(['stack "prod": must run its service "backup", got none running; berth up --stack prod']),
  );
});

test("nothing is restored while the engine is at work, whoever has begun that", async () => {
  stack();
  const locks = join(folder, ".pulumi/locks/organization/berth/prod");
  await mkdir(locks, { recursive: true });
  const since = new Date().toISOString();
  const holder = { pid: process.pid, username: "ada", hostname: hostname(), timestamp: since };
  await writeFile(join(locks, "one.json"), JSON.stringify(holder));
  await expect(restore({ config: [] })).rejects.toThrow(
    `stack "prod": must be free, held by pid ${process.pid} of ada on ${hostname()}`,
  );
});
