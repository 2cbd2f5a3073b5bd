import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "vitest";
import { parse } from "yaml";
import { judge } from "../../policy/rules.ts";
import type { SystemName } from "../../systems/index.ts";
import { stackOn } from "./anyStack.ts";
import type { Graph } from "./harness.ts";

const file = readFileSync(new URL("../../Pulumi.prod.yaml", import.meta.url), "utf8");

/** What the file makes, as it is or after a change that its comments offer. */
function graphOf(text: string): Promise<Graph> {
  const { config } = parse(text) as { config: Record<string, unknown> };
  const own = Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key.replace("berth:", ""), value]),
  );
  return stackOn("gce", own.system as SystemName, own);
}

/** A commented line, in force. */
function uncommented(text: string, ...keys: string[]): string {
  return keys.reduce((now, key) => now.replace(new RegExp(`^( *)# (${key}:)`, "m"), "$1$2"), text);
}

test("Pulumi.prod.yaml is valid as it is, and the policy pack finds nothing in what it makes", async () => {
  const graph = await graphOf(file);
  assert.equal(graph.ofType("gcp:dns/recordSet:RecordSet").length, 1);
  assert.equal(
    graph.ofType("docker:index/container:Container").filter(({ name }) => /^api-gateway-\d$/.test(name))
      .length,
    2,
  );
  const facts = graph.resources.map(({ type, name, inputs, options }) => {
    return { type, name, props: inputs, protect: options.protect === true };
  });
  assert.deepEqual(judge(facts), []);
});

test("its GPU is one line", async () => {
  const graph = await graphOf(uncommented(file, "gpu").replace(/^ *machineType:.*\n/m, ""));
  const { machineType } = graph.the("gcp:compute/instance:Instance").inputs;
  assert.equal(machineType, "g2-standard-4");
  const [engine] = graph.resources.filter(({ name }) => name === "ml-engine-1");
  assert.equal(engine?.inputs.gpus, "all");
});

test("its second machine is two lines", async () => {
  const graph = await graphOf(uncommented(file, "berth:hosts", "berth:placement"));
  assert.deepEqual(
    graph
      .ofType("gcp:compute/instance:Instance")
      .map(({ name }) => name)
      .toSorted(),
    ["gce-vm", "gpu-vm"],
  );
});
