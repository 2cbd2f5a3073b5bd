import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "vitest";
import { builtFolder, has } from "../../toolchain/cache.ts";
import { plugin } from "../../toolchain/tools.ts";
import { SdkShape, type Tree } from "./sdkShape.ts";

for (const name of ["docker", "random"] as const)
  test(`the built ${name} plugin spells every property as the Node.js package does`, (t) => {
    const tool = plugin(name);
    const binary = join(builtFolder(tool), tool.file);
    if (!has(builtFolder(tool), tool)) {
      t.skip(`${binary} isn't built; BERTH_TOOLS=build npm start builds it`);
      return;
    }
    const spelt = JSON.parse(execFileSync(binary, ["-names"], { encoding: "utf8" })) as Record<string, Tree>;
    const shape = new SdkShape(name);
    const differences = Object.entries(spelt).flatMap(([token, tree]) =>
      compare(token, tree, shape.shapeOf(token)),
    );
    assert.deepEqual(differences, []);
    assert.ok(Object.keys(spelt).length > 9, "the plugin must name its resources");
  });

test("the comparison sees a name on one side only, at any depth", () => {
  const plugin: Tree = { command: null, healthcheck: { tests: null }, networksAdvanceds: { name: null } };
  const sdk: Tree = { command: null, healthcheck: { test: null }, networksAdvanced: { name: null } };
  assert.deepEqual(compare("Container", plugin, sdk), [
    "Container.healthcheck.tests: plugin only",
    "Container.healthcheck.test: package only",
    "Container.networksAdvanceds: plugin only",
    "Container.networksAdvanced: package only",
  ]);
  assert.deepEqual(compare("Container", { ports: null }, { ports: { internal: null } }), [
    "Container.ports.internal: package only",
  ]);
  assert.deepEqual(compare("Container", plugin, undefined), ["Container: plugin only"]);
});

/** The id is every resource's, and in neither's inputs. */
const ID = "id";

function compare(path: string, plugin: Tree, sdk: Tree | undefined): string[] {
  if (sdk === undefined) return [`${path}: plugin only`];
  const names = new Set([...Object.keys(plugin), ...Object.keys(sdk)]);
  names.delete(ID);
  return [...names].flatMap((name) => {
    const here = plugin[name];
    const there = sdk[name];
    if (here === undefined) return [`${path}.${name}: package only`];
    if (there === undefined) return [`${path}.${name}: plugin only`];
    return compare(`${path}.${name}`, here ?? {}, there ?? {});
  });
}
