import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { settingsFiles } from "../../../docs/settings.ts";

const root = join(import.meta.dirname, "../../..");

const files = await settingsFiles();

for (const [file, wanted] of Object.entries(files)) {
  test(`${file} says what the settings' schema says (npm run docs)`, () => {
    assert.equal(readFileSync(join(root, file), "utf8"), wanted);
  });
}

test("those are the project's file and the page of all settings", () => {
  assert.deepEqual(Object.keys(files), ["Pulumi.yaml", "docs/settings.md"]);
});
