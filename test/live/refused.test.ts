import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, it } from "vitest";
import { Load } from "../tools/load.ts";
import { LiveStack } from "../tools/stack.ts";

const program = fileURLToPath(new URL("programs/small.ts", import.meta.url));

describe("a run that a step of its own refuses", () => {
  let stack: LiveStack;
  beforeAll(async () => {
    stack = await LiveStack.open({ system: "attn", program });
    await stack.up();
  });
  afterAll(() => stack.close());

  const refusals = {
    "failing migration": /backend-migration: must exit with 0, got 3[^]*no such column/,
    "refused configuration": /proxy-release: must exit with 0, got 1[^]*server_names_hash/,
  };

  for (const [variant, reason] of Object.entries(refusals)) {
    it(`says why, switches nothing, and the next good one is clean: ${variant}`, async (t) => {
      const before = await stack.containers("backend");
      await stack.set({ "test:variant": variant });
      const load = Load.start({ url: stack.url, perSecond: 50 });
      const { ok, output, seconds } = await stack.run("up");
      const { failures, sent } = await load.stop();
      await t.annotate(`ended after ${seconds.toFixed(1)} s, ${sent} requests`);
      assert.equal(ok, false);
      assert.match(output, reason);
      assert.deepEqual(failures, {});
      const running = await stack.containers("backend");
      assert.ok(before.every(({ id }) => running.some((container) => container.id === id)));

      await stack.set({ "test:variant": undefined });
      await stack.up();
      assert.equal((await stack.containers("backend")).length, 1);
      assert.deepEqual(await stack.strays(), []);
      assert.deepEqual(Object.keys((await stack.must("preview")).changes), ["same"]);
    });
  }
});
