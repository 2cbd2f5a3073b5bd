import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "vitest";
import { parse } from "yaml";
import { reckoned } from "../../components/hosts/reckon.ts";
import type { SystemName } from "../../systems/index.ts";
import { stackOn } from "./anyStack.ts";

const file = readFileSync(new URL("../../Pulumi.prod.yaml", import.meta.url), "utf8");

async function costOf(kind: "gce" | "ec2", host: Record<string, unknown>): Promise<unknown> {
  return (await stackOn(kind, "loc8", { host })).outputs.monthlyCost;
}

test("a rented machine's price is an output, by which a preview says what changes", async () => {
  const [small, large] = await Promise.all(
    ["e2-standard-4", "e2-standard-8"].map((machineType) => costOf("gce", { machineType })),
  );
  assert.ok(typeof small === "number" && typeof large === "number" && small > 50 && large > 1.5 * small);
  const [t3, t3Large] = await Promise.all(
    ["t3.xlarge", "t3.2xlarge"].map((instanceType) => costOf("ec2", { instanceType, region: "us-east-1" })),
  );
  assert.ok(typeof t3 === "number" && typeof t3Large === "number" && t3Large > 1.5 * t3);
});

test("of two machines it is the sum", async () => {
  const two = file.replace(/^( *)# (berth:hosts|berth:placement):/gm, "$1$2:");
  const costs = await Promise.all(
    [file, two].map(async (text) => {
      const { config } = parse(text) as { config: Record<string, unknown> };
      const own = Object.fromEntries(
        Object.entries(config).map(([key, value]) => [key.replace("berth:", ""), value]),
      );
      return (await stackOn("gce", own.system as SystemName, own)).outputs.monthlyCost;
    }),
  );
  const [one, both] = costs;
  assert.ok(typeof one === "number" && typeof both === "number" && both > one + 100, costs.join(", "));
});

test("it is absent where a price isn't known, and where nothing is rented", async () => {
  assert.equal(await costOf("ec2", { region: "eu-central-1" }), undefined);
  for (const kind of ["local", "existing"] as const)
    assert.equal("monthlyCost" in (await stackOn(kind, "loc8")).outputs, false, kind);
});

test("what a state's resources are reckoned to is the output of the program that made them", async () => {
  const beside = {
    hosts: { b: { zone: "europe-west4-b", machineType: "e2-standard-8" } },
    placement: { backend: "b" },
  };
  const graphs = [
    await stackOn("gce", "loc8"),
    await stackOn("gce", "loc8", beside),
    await stackOn("ec2", "loc8", { host: { region: "us-east-1", dataDisk: { size: 77 } } }),
    await stackOn("gce", "loc8", { host: { machines: 3 } }),
    await stackOn("ec2", "loc8", { host: { region: "us-east-1", machines: 3 } }),
  ];
  for (const { resources, outputs } of graphs) {
    assert.equal(typeof outputs.monthlyCost, "number");
    assert.equal(reckoned(resources)?.month, outputs.monthlyCost);
  }
  const local = await stackOn("local", "loc8");
  assert.equal(reckoned(local.resources), undefined);
});
