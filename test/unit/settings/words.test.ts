import assert from "node:assert/strict";
import { test } from "vitest";
import { parseSettings, SettingsError } from "../../../settings.ts";
import { settings } from "../../../settings/schema.ts";

/** What is wrong with a config; nothing where it is taken. */
function problems(config: Record<string, unknown>): readonly string[] {
  try {
    parseSettings({ system: "loc8", ...config });
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
}

/** As a stack file and the engine give it: a key of its own, though a literal would be read otherwise. */
function readBack(key: string, value: unknown): unknown {
  return JSON.parse(`{${JSON.stringify(key)}:${JSON.stringify(value)}}`);
}

const maps = Object.entries(settings).filter(
  ([, { preset }]) => typeof preset === "object" && !Array.isArray(preset),
);

test("__proto__ is refused as a key of every setting, wherever it stands, and what it holds isn't shown", () => {
  assert.ok(maps.length > 20, String(maps.length));
  for (const [key] of maps) {
    for (const value of [2, "hunter2", {}, { name: "hunter2" }]) {
      const line = 'must not be a word of JavaScript, got "__proto__"';
      assert.deepEqual(problems({ [key]: readBack("__proto__", value) }), [`${key}.__proto__: ${line}`]);
      const inner = { backend: readBack("__proto__", value) };
      assert.deepEqual(problems({ [key]: inner }), [`${key}.backend.__proto__: ${line}`]);
    }
  }
});

test("a word that every object has is judged as any other unknown key", () => {
  for (const word of ["constructor", "toString"]) {
    for (const [key] of maps) {
      const [found = [], plain = []] = [word, "unheardOf"].map((name) => problems({ [key]: { [name]: 2 } }));
      assert.deepEqual(
        found.map((line) => line.replaceAll(word, "unheardOf")),
        plain,
        `${key}.${word}`,
      );
    }
  }
});
