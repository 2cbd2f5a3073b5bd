import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Home } from "../../../../cli/home.ts";
import type { Output } from "../../../../cli/output.ts";
import { asStack } from "../../../../cli/project.ts";
import { Refusal } from "../../../../cli/refusal.ts";
import { fileOf, holdAlone } from "../../../../cli/rollback/alone.ts";
import { isHeld } from "../../../../cli/state/locks.ts";

let home: Home;
const output = {} as Output;
const stack = asStack({ name: "dev" }, "config:\n  berth:system: loc8\n");
beforeEach(async () => {
  const data = await mkdtemp(join(tmpdir(), "berth-alone-"));
  home = { data, state: data, work: data, runs: data, lastRuns: data, passphrase: data };
  vi.stubEnv("PULUMI_BACKEND_URL", `file://${data}`);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home.data, { recursive: true });
});

it("a way back has the stack for itself, and another has to wait", async () => {
  const held = await holdAlone({ home, stack, output }, "berth rollback");
  expect(isHeld(home.runs, "dev")).toBe(true);
  await expect(holdAlone({ home, stack, output }, "berth rollback")).rejects.toThrow(
    `held by pid ${process.pid} of ${userInfo().username} on ${hostname()} with berth rollback, since `,
  );
  if ("release" in held) held.release();
});

it("a way back is refused while plain Pulumi is at work on the stack", async () => {
  const locks = join(home.data, ".pulumi/locks/organization/berth/dev");
  await mkdir(locks, { recursive: true });
  const lock = {
    pid: process.pid,
    username: "ada",
    hostname: hostname(),
    timestamp: new Date().toISOString(),
  };
  await writeFile(join(locks, "a.json"), JSON.stringify(lock));
  await expect(holdAlone({ home, stack, output }, "berth rollback")).rejects.toThrow(
    `held by pid ${process.pid} of ada`,
  );
  await writeFile(join(locks, "a.json"), JSON.stringify({ ...lock, timestamp: "2020-01-01T00:00:00Z" }));
  await rm(join(home.runs, "dev.json"));
  await holdAlone({ home, stack, output }, "berth rollback");
});

it("a stack without a file is told how to have one, before anything is looked at", () => {
  expect(() => fileOf({ stack })).toThrow(
    new Refusal([
      'stack "dev": must have a file Pulumi.dev.yaml for the images, got none; write one with config: { berth:system: loc8 } and all else that -c gives it',
    ]),
  );
  expect(fileOf({ stack: { ...stack, file: "/x/Pulumi.dev.yaml" } })).toBe("/x/Pulumi.dev.yaml");
});
