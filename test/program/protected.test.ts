import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import type { Graph, Registered } from "./harness.ts";
import { recorded } from "./record.ts";

/**
 * What stacks that are up protect: data and passwords, as `stack types name`, with the types of all parents. A new
 * system or kind of host gets its lines here with the first release that has it.
 */
const promised = readFileSync(join(import.meta.dirname, "protected.txt"), "utf8")
  .trim()
  .split("\n");

const stacks = new Set(promised.map((line) => line.slice(0, line.indexOf(" "))));

test("every stack that a release has promised something is still recorded", () => {
  const names = new Set(recorded.map(({ name }) => name));
  assert.deepEqual(
    [...stacks].filter((name) => !names.has(name)),
    [],
  );
});

// An engine that knows neither the URN nor an alias would make a new one and delete the old.
for (const { name, graph } of recorded.filter((one) => stacks.has(one.name))) {
  test(`${name}: what a stack protects is found again after an upgrade`, async () => {
    const made = await graph();
    const protects = made.resources.filter(({ options }) => options.protect === true);
    const found = new Set(protects.flatMap((resource) => namesOf(made, resource)));
    const wanted = promised.filter((line) => line.startsWith(`${name} `));
    const lost = wanted.filter((line) => !found.has(line.slice(name.length + 1)));
    assert.deepEqual(lost, []);
  });
}

/** A resource by the types of its parents, and by those it says it had. */
function namesOf(graph: Graph, resource: Registered): string[] {
  const [parent] = graph.parents(resource);
  const types = parent === undefined ? "" : typesOf(graph, parent);
  // Mocks know a URN by its last two types, and a former parent's begins with that of the parent.
  const known = parent?.urn.split("::")[2] ?? "";
  const aliases = (resource.options.formerParents ?? []).map((urn) => {
    const former = (urn.split("::")[2] ?? "").replace(known, types);
    return `${former}$${resource.type} ${resource.name}`;
  });
  return [`${typesOf(graph, resource)} ${resource.name}`, ...aliases];
}

function typesOf(graph: Graph, resource: Registered): string {
  const types = [resource, ...graph.parents(resource)].map(({ type }) => type);
  return types
    .filter((type) => type !== "pulumi:pulumi:Stack")
    .reverse()
    .join("$");
}
