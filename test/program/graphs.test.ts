import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { test } from "vitest";
import { runProgram, type Graph, type Registered } from "./harness.ts";
import { recorded, summary } from "./record.ts";

const folder = join(import.meta.dirname, "graphs");

test("the record has every stack and no other", () => {
  assert.deepEqual(readdirSync(folder).sort(), recorded.map(({ name }) => `${name}.txt`).sort());
});

test("attn is 65 resources at most", () => {
  const lines = readFileSync(join(folder, "local-attn.txt"), "utf8").trim().split("\n");
  assert.ok(lines.length <= 65, `${lines.length} resources`);
});

/** Components that may hold one resource, each with the reason. None may hold nothing. */
const mayWrapOne: Record<string, string> = {
  "berth:hosts:LocalHost": "every kind of host is a component, and this one's machine is there already",
  "berth:hosts:ExistingHost": "every kind of host is a component, and this one's machine is there already",
  "berth:dns:Google": "an address of IPv6 is a second record, a zone that is made a third",
  "berth:services:WebService": "more replicas are more, and so are the files of one that is handed any",
  "berth:services:ApplicationJob": "the files of one that is handed any are more",
  "berth:monitoring:Exporter": "the files of one that logs in are more",
};
const wrapsOne = new Set<string>();

/** Components whose resources could stand without them. */
function wrappers({ resources }: Pick<Graph, "resources">): { type: string; name: string; held: number }[] {
  return resources
    .filter(({ custom }) => !custom)
    .map(({ type, name, urn }) => ({ type, name, held: childrenOf(urn, resources) }))
    .filter(({ held }) => held < 2);
}

function childrenOf(urn: string, resources: readonly Registered[]): number {
  return resources.filter(({ parent }) => parent === urn).length;
}

// A change that is meant: `npm run graphs`, and have it reviewed. What is behind a hash: `npm run graphs -- FOLDER`.
for (const { name, graph } of recorded) {
  test(`${name}: the graph is the one on record, and no component wraps one resource without a reason`, async () => {
    const built = await graph();
    assert.equal(summary(built), readFileSync(join(folder, `${name}.txt`), "utf8"));
    const found = wrappers(built);
    assert.deepEqual(
      found.filter(({ type, held }) => held === 0 || !(type in mayWrapOne)),
      [],
    );
    for (const { type } of found) wrapsOne.add(type);
  });
}

test("each reason to wrap one resource is needed", () => {
  assert.deepEqual([...wrapsOne].sort(), Object.keys(mayWrapOne).sort());
});

test("a component that holds one resource is found, and one that holds none", async () => {
  const { resources } = await runProgram(() => {
    for (const held of [0, 1, 2]) {
      const parent = new pulumi.ComponentResource("test:index:Holder", `of-${held}`, {});
      for (let nth = 0; nth < held; nth++)
        new pulumi.ComponentResource("test:index:Held", `${held}-${nth}`, {}, { parent });
    }
  });
  assert.deepEqual(
    wrappers({ resources }).filter(({ type }) => type === "test:index:Holder"),
    [0, 1].map((held) => ({ type: "test:index:Holder", name: `of-${held}`, held })),
  );
});
