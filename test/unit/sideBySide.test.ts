import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { sideBySide } from "../live/sideBySide.ts";

test("files that may run side by side are there, and named once", () => {
  const files = readdirSync(join(import.meta.dirname, "../live"));
  assert.deepEqual(
    sideBySide.filter((name, index) => !files.includes(name) || sideBySide.indexOf(name) !== index),
    [],
  );
});
