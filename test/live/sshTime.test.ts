import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, test } from "vitest";
import { freePort } from "../tools/stack.ts";
import {
  hostSettings,
  noStandin,
  openStack,
  prepared,
  programOf,
  seconds,
  stock,
  stockImages,
  type Prepared,
} from "./sshRig.ts";
import { skipWhen } from "../tools/skip.ts";

const skip = await noStandin();

describe("the time of a run over ssh", skipWhen(skip), () => {
  let machine: Prepared;
  let images: Record<string, string>;

  beforeAll(async () => {
    machine = await prepared("loc8", { name: "sshtest-time", stock: await stock() });
    images = await stockImages("loc8", machine);
  });

  afterAll(() => machine[Symbol.asyncDispose]());

  test("LOC8 takes at most 1.5 times as long as on this machine's own Docker, images present on both", async (t) => {
    const common = { system: "loc8", images, protectData: false };
    const hosts = {
      local: { host: { kind: "local", port: await freePort() }, network: "sshtest-time-local" },
      ssh: { host: hostSettings(machine) },
    };
    const timed = async (kind: keyof typeof hosts): Promise<number> => {
      await using opened = await openStack(`sshtest-time-${kind}`, programOf({ ...common, ...hosts[kind] }));
      const [, up] = await seconds(opened.stack.up({ parallel: 32 }));
      await opened.stack.destroy({ parallel: 32 });
      return up;
    };
    const [local, ssh] = [await timed("local"), await timed("ssh")];
    const took = `up took ${ssh.toFixed(1)} s over ssh and ${local.toFixed(1)} s here`;
    await t.annotate(took);
    assert.ok(ssh <= 1.5 * local, took);
  });
});
