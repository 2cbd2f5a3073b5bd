import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { test } from "vitest";

const root = join(import.meta.dirname, "../..");

test("docs/outputs.md lists every key of the outputs, in the contract's order", () => {
  const page = readFileSync(join(root, "docs/outputs.md"), "utf8");
  const listed = [...page.matchAll(/^\| `(\w+)` /gm)].map(([, key]) => key);
  assert.deepEqual(listed, keysOf("Outputs", "stack/outputs.ts"));
});

/** The keys that an interface names. */
function keysOf(name: string, file: string): string[] {
  const text = readFileSync(join(root, file), "utf8");
  const { statements } = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found = statements.filter(ts.isInterfaceDeclaration).find((one) => one.name.text === name);
  assert.ok(found, `${file} has no interface ${name}`);
  return found.members.filter(ts.isPropertySignature).map((member) => member.name.getText());
}
