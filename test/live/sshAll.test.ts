import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, test } from "vitest";
import { systemNames, type SystemName } from "../../systems/index.ts";
import {
  countedUp,
  hostSettings,
  noStandin,
  openStack,
  prepared,
  programOf,
  stock,
  stockImages,
  untilAnswers,
  type Prepared,
} from "./sshRig.ts";
import { skipWhen } from "../tools/skip.ts";

const skip = await noStandin();

/** ATTN, VRU and LOC8 come up in tests of their own (sshSystem, sshTwo, sshBerth). */
const elsewhere = ["attn", "vru", "loc8"];
const systems = systemNames.filter((name) => !elsewhere.includes(name));
/** A page that answers 200 once all that a system needs is reached. */
const pages: Partial<Record<SystemName, string>> = {
  arv: "/api/health/readiness",
  docsai: "/ready",
};

describe("on a server over ssh", skipWhen(skip), () => {
  let machine: Prepared;
  const images = new Map<SystemName, Record<string, string>>();

  beforeAll(async () => {
    machine = await prepared("loc8", { name: "sshtest-all", stock: await stock() });
    for (const system of systems) images.set(system, await stockImages(system, machine));
  });

  afterAll(() => machine[Symbol.asyncDispose]());

  for (const system of systems) {
    test(`${system} comes up whole, a second run and a refresh find nothing to do, and destroy leaves nothing`, async () => {
      const config = { system, images: images.get(system), host: hostSettings(machine), protectData: false };
      await using opened = await openStack(`sshtest-${system}`, programOf(config));
      const { stack } = opened;
      const { accepted, refused } = await countedUp(stack, machine);
      assert.ok(accepted <= 1 && refused === 0, `${accepted} connections, ${refused} refused`);
      const page = `http://${machine.standin.address}${pages[system] ?? "/"}`;
      assert.ok((await untilAnswers(page, 60)) <= 60, page);
      assert.deepEqual(Object.keys((await countedUp(stack, machine)).changes), ["same"]);
      const { summary } = await stack.refresh({ parallel: 32 });
      assert.deepEqual(Object.keys(summary.resourceChanges ?? {}), ["same"]);
      await stack.destroy({ parallel: 32 });
      assert.equal(await machine.standin.exec("docker ps -aq --filter label=berth.system"), "");
    });
  }
});
