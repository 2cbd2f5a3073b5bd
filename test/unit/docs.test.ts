import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { test } from "vitest";
import { commandLinePage, pages } from "../../docs/generate.ts";

const root = join(import.meta.dirname, "../..");
const folder = join(root, "docs/components");

test("every component's page says what its docstrings say now (npm run docs)", () => {
  const written = readdirSync(folder).map(
    (file) => [file, readFileSync(join(folder, file), "utf8")] as const,
  );
  assert.deepEqual(Object.fromEntries(written), Object.fromEntries([...pages()].sort()));
});

test("the command line's page says what its help says now (npm run docs)", () => {
  assert.equal(readFileSync(join(root, "docs/cli.md"), "utf8"), commandLinePage());
});

test("every link between documents leads somewhere", () => {
  const documents = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].concat(
    readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".md"))
      .map((file) => `docs/${file}`),
  );
  const dangling = documents.flatMap((file) =>
    links(readFileSync(join(root, file), "utf8"))
      .filter((link) => !existsSync(resolve(root, dirname(file), link)))
      .map((link) => `${file}: ${link}`),
  );
  assert.deepEqual(dangling, []);
});

/** Relative ones, without the place inside a page. */
function links(markdown: string): string[] {
  return [...markdown.matchAll(/\]\(([^)#]+)[^)]*\)/g)]
    .map(([, link = ""]) => link)
    .filter((link) => !/^[a-z]+:/.test(link));
}
