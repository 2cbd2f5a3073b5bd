import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { systemNames } from "../../../systems/index.ts";

const root = join(import.meta.dirname, "../../..");

/** Every file of ours that runs for any system, below these. */
const places = [
  ...["cli", "components", "lib", "policy", "services", "settings", "settings.ts"],
  ...["stack", "toolchain", "exports", "index.ts"],
];

/** A system's name as a text of its own, or said of a system in a longer one. */
const name = new RegExp(`(["'\`])(?:${systemNames.join("|")})\\1|\\((?:${systemNames.join("|")})\\)`, "i");

test("outside systems/ none is known by its name", () => {
  assert.deepEqual(
    places.flatMap(filesIn).filter((file) => knows(readFileSync(join(root, file), "utf8"))),
    [],
  );
});

test("and this test sees one that is", () => {
  assert.equal(knows('return typeof system === "string" ? system : "attn";'), true);
  assert.equal(knows("keeps it in folders (vru). Defaults to"), true);
});

/** In code; what a comment gives for an example may be any. */
function knows(text: string): boolean {
  return text.split("\n").some((line) => name.test(line.replace(/^\s*(?:\/\/|\/?\*).*/, "")));
}

function filesIn(path: string): string[] {
  if (/\.m?ts$/.test(path)) return [path];
  return readdirSync(join(root, path), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(?:ts|mjs)$/.test(entry.name))
    .map(({ parentPath, name: file }) => join(parentPath, file).slice(root.length + 1));
}
