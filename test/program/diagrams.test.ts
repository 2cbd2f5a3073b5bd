import assert from "node:assert/strict";
import { test } from "vitest";
import { diagram, pageOf } from "../../docs/diagrams.ts";
import { systemNames } from "../../systems/catalog.ts";

for (const system of systemNames) {
  test(`${system}: its page shows it as the program builds it (npm run docs)`, async (t) => {
    const page = await pageOf(system);
    if (page === undefined) {
      t.skip("it has no page with a diagram");
      return;
    }
    assert.equal(page.now, page.wanted);
  });
}

test("a diagram shows who is told of whom, and who keeps data", async () => {
  const lines = (await diagram("docsai")).split("\n").map((line) => line.trim());
  assert.deepEqual(lines, [
    "```mermaid",
    "flowchart LR",
    'nginx["nginx"]',
    'app["app ×2"]',
    'postgres[("postgres")]',
    'people(("people")) --> nginx',
    "nginx --> app",
    "app --> postgres",
    "```",
  ]);
});
