import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import * as z from "zod";
import { hostKinds } from "../../../components/hosts/registry.ts";
import { settingsFiles } from "../../../docs/settings.ts";
import { settingTable } from "../../../docs/settingTable.ts";
import { text, wholeNumber } from "../../../lib/rules.ts";
import { strict } from "../../../lib/strict.ts";

const root = join(import.meta.dirname, "../../..");

const files = await settingsFiles();

for (const [file, wanted] of Object.entries(files)) {
  test(`${file} says what the settings' schema says (npm run docs)`, () => {
    assert.equal(readFileSync(join(root, file), "utf8"), wanted);
  });
}

test("those are the project's file, the page of all settings, and one for each kind of host", () => {
  const hosts = hostKinds.map(({ name }) => `docs/hosts/${name}.md`);
  assert.deepEqual(Object.keys(files), ["Pulumi.yaml", "docs/settings.md", ...hosts]);
});

test("a table has each setting's rule, what holds without it, and the keys of a map that says what they are for", () => {
  const place = strict({ x: wholeNumber(1, 9).default(3).describe("Across"), y: wholeNumber(1, 9) });
  const shape = { name: text.optional(), place: place.prefault({ y: 1 }), size: strict({ width: text }) };
  assert.deepEqual(settingTable(shape, "a.", { "a.place.y": "any number" }).split("\n").slice(2), [
    "| `a.name` | text |  |  |",
    "| `a.place.x` | a whole number from 1 to 9 | 3 | Across |",
    "| `a.place.y` | any number |  |  |",
    "| `a.size` | a map of width |  |  |",
  ]);
});

test("a rule that isn't one is refused", () => {
  assert.throws(() => settingTable({ name: z.string() }), /must begin with "must be", got "Invalid input/);
});
