import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { recorded, summary } from "./record.ts";

const folder = join(import.meta.dirname, "graphs");

test("the record has every stack and no other", () => {
  assert.deepEqual(readdirSync(folder).sort(), recorded.map(({ name }) => `${name}.txt`).sort());
});

test("attn is 65 resources at most", () => {
  const lines = readFileSync(join(folder, "local-attn.txt"), "utf8").trim().split("\n");
  assert.ok(lines.length <= 65, `${lines.length} resources`);
});

// A change that is meant: `npm run graphs`, and have it reviewed. What is behind a hash: `npm run graphs -- FOLDER`.
for (const { name, graph } of recorded) {
  test(`${name}: the graph is the one on record`, async () => {
    assert.equal(summary(await graph()), readFileSync(join(folder, `${name}.txt`), "utf8"));
  });
}
