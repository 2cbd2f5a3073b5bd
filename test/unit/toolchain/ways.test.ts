import assert from "node:assert/strict";
import { test } from "vitest";
import { pluginServes, waysToTry, whyNotCli } from "../../../toolchain/ways.ts";

test("all ways are tried in order unless BERTH_TOOLS names one", () => {
  assert.deepEqual(waysToTry(undefined), ["path", "download", "build"]);
  assert.deepEqual(waysToTry(""), ["path", "download", "build"]);
  assert.deepEqual(waysToTry("build"), ["build"]);
});

test("BERTH_TOOLS with another word is refused with the words it takes", () => {
  assert.throws(() => waysToTry("brew"), {
    message: 'BERTH_TOOLS: must be "path", "download" or "build", got "brew"',
  });
});

const printed: [printed: string, reason: string | undefined][] = [
  ["v3.248.0\n", undefined],
  ["v3.248.0-dev", undefined],
  ["3.260.1", undefined],
  ["v3.247.9", "must be 3.248.0 or newer, got 3.247.9"],
  ["v3.99.0", "must be 3.248.0 or newer, got 3.99.0"],
  ["v4.0.0", "must be version 3, got 4.0.0"],
  ["", 'its version can\'t be read, got ""'],
  ["pulumi: command not found", 'its version can\'t be read, got "pulumi: command not found"'],
];
for (const [output, reason] of printed)
  test(`a CLI that prints ${JSON.stringify(output)} is ${reason === undefined ? "used" : "refused"}`, () => {
    assert.equal(whyNotCli(output, "3.248.0"), reason);
  });

test("an installed plugin is used unless its way is ruled out or its sources changed", () => {
  const all = waysToTry(undefined);
  assert.equal(pluginServes("none", all, "1234"), false);
  assert.equal(pluginServes("vendor", all, "1234"), true);
  assert.equal(pluginServes({ built: "1234" }, all, "1234"), true);
  assert.equal(pluginServes({ built: "0000" }, all, "1234"), false);
  assert.equal(pluginServes({ built: "1234" }, ["path"], "1234"), true);
  assert.equal(pluginServes({ built: "1234" }, ["download"], "1234"), false);
  assert.equal(pluginServes("vendor", ["download"], "1234"), true);
  assert.equal(pluginServes("vendor", ["build"], "1234"), false);
  assert.equal(pluginServes({ built: "1234" }, ["build"], "1234"), true);
});
