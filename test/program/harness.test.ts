import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { test } from "vitest";
import { runProgram } from "./harness.ts";

class Pair extends pulumi.ComponentResource {
  readonly password: pulumi.Output<string>;

  constructor(name: string) {
    super("test:Pair", name, {});
    const first = new random.RandomPassword(
      `${name}-first`,
      { length: 20 },
      { parent: this, protect: true, retainOnDelete: true, additionalSecretOutputs: ["result"] },
    );
    new random.RandomPassword(
      `${name}-second`,
      { length: 20, keepers: { of: first.result } },
      {
        parent: this,
        deletedWith: first,
        replaceWith: [first],
        deleteBeforeReplace: false,
        ignoreChanges: ["length"],
      },
    );
    this.password = first.result;
    this.registerOutputs();
  }
}

test("a program's resources are recorded with inputs, parents, options and secrets", async () => {
  const graph = await runProgram(() => ({ password: new Pair("pair").password }));
  const first = graph.the("random:index/randomPassword:RandomPassword", "pair-first");
  const second = graph.the("random:index/randomPassword:RandomPassword", "pair-second");
  assert.deepEqual(
    graph.parents(first).map(({ name }) => name),
    ["pair", "berth-test"],
  );
  assert.equal(first.options.protect, true);
  assert.equal(first.options.retainOnDelete, true);
  assert.equal(first.options.deleteBeforeReplace, undefined);
  assert.equal(second.options.protect, undefined);
  assert.equal(second.options.deletedWith, first.urn);
  assert.deepEqual(second.options.replaceWith, [first.urn]);
  assert.equal(second.options.deleteBeforeReplace, false);
  assert.deepEqual(second.options.ignoreChanges, ["length"]);
  assert.deepEqual(second.inputs.keepers, { of: "S3cr3tS3cr3tS3cr3tS3" });
  assert.deepEqual(second.secrets, ["keepers.of"]);
  assert.deepEqual(graph.orphans(), []);
});

test("two programs run after each other without a trace of the first in the second", async () => {
  const config = { "berth:system": "loc8" };
  const graph = await runProgram(() => ({ system: new pulumi.Config("berth").require("system") }), {
    config,
  });
  assert.deepEqual(graph.outputs, { system: "loc8" });
  assert.deepEqual(graph.ofType("random:index/randomPassword:RandomPassword"), []);
});

test("what a program throws is thrown", async () => {
  await assert.rejects(
    runProgram(() => {
      throw new Error("no such system");
    }),
    /^Error: no such system$/,
  );
});
