import assert from "node:assert/strict";
import { test } from "vitest";
import type { Graph } from "./harness.ts";
import { stackOn } from "./anyStack.ts";

/**
 * What `pulumi preview --diff` shows of a list is its new inputs beside what the provider read back: sorted its own way
 * and with a field for each that nobody set. Nothing of that is to come from us.
 */
function noises({ resources }: Pick<Graph, "resources">): string[] {
  return resources.flatMap(({ name, inputs }) => {
    const labels = (inputs.labels ?? []) as { label: string }[];
    const names = Array.isArray(labels) ? labels.map(({ label }) => label) : [];
    const own = names.filter((label) => fixed.includes(label));
    const sorted = fixed.filter((label) => own.includes(label));
    const uploads = (inputs.uploads ?? []) as Record<string, unknown>[];
    const idle = uploads.flatMap((upload) =>
      Object.entries(upload).flatMap(([key, value]) =>
        value === undefined || value === null || value === "" || value === false ? [key] : [],
      ),
    );
    return [
      ...(String(own) === String(sorted) ? [] : [`${name}: labels ${own.join(", ")}`]),
      ...(new Set(names).size === names.length ? [] : [`${name}: a label twice`]),
      ...idle.map((key) => `${name}: uploads have an empty ${key}`),
    ];
  });
}

/** Labels of everything, in the order in which all of it has them. */
const fixed = ["berth.system", "berth.stack", "berth.service", "berth.role", "berth.hash"];

const config = { monitoring: true };
/** By name, for resources are registered as they come. */
const listed = ({ resources }: Graph) =>
  resources
    .map(
      ({ type, name, inputs: { labels, uploads } }) => `${type} ${name} ${JSON.stringify([labels, uploads])}`,
    )
    .sort();

for (const system of ["attn", "arv"] as const)
  test(`${system}: labels have one order, files no empty field, and both are the same each time`, async () => {
    const [once, again] = [await stackOn("local", system, config), await stackOn("local", system, config)];
    assert.ok(once.resources.filter(({ inputs }) => Array.isArray(inputs.labels)).length > 20);
    assert.deepEqual(noises(once), []);
    assert.deepEqual(listed(once), listed(again));
  });

test("another order, a label twice and an empty field are found", () => {
  const found = (inputs: object) =>
    noises({ resources: [{ name: "x", inputs }] as unknown as Graph["resources"] });
  const [first, second] = fixed.map((label) => ({ label, value: "v" }));
  assert.deepEqual(found({ labels: [second, first] }), ["x: labels berth.stack, berth.system"]);
  assert.deepEqual(found({ labels: [first, first] }), [
    "x: labels berth.system, berth.system",
    "x: a label twice",
  ]);
  assert.deepEqual(found({ uploads: [{ file: "/a", content: "", source: undefined }] }), [
    "x: uploads have an empty content",
    "x: uploads have an empty source",
  ]);
  assert.deepEqual(found({ labels: { "berth-stack": "x" }, uploads: [{ file: "/a", content: "b" }] }), []);
});
