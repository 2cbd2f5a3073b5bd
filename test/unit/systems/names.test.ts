import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { afterAll, test } from "vitest";

const root = join(import.meta.dirname, "../../..");
const shop = readFileSync(join(root, "examples/shop/shop.ts"), "utf8");
const folder = mkdtempSync(join(root, "node_modules/.cache/names-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Each names what isn't there; the compiler's words hold the wrong name and what it must be. */
const wrong: [what: string, text: string, mistake: string, refused: string][] = [
  [
    "a service in uses",
    'uses: ["database", "queue"],\n      after',
    'uses: ["databse"],\n      after',
    '"databse"',
  ],
  ["a service in a route", '{ path: "/", to: "api" }', '{ path: "/", to: "apo" }', '"apo"'],
  ["a rate in a route", 'rate: "api"', 'rate: "apis"', '"apis"'],
  ["the rate of all routes", 'rate: "client"', 'rate: "clients"', '"clients"'],
  ["a job in after", 'after: ["api-migration"]', 'after: ["api-migrate"]', '"api-migrate"'],
  ["a worker's queue", 'queue: "orders"', 'queue: "order"', '"order"'],
  ["a queue's Redis", 'in: "queue"', 'in: "quee"', '"quee"'],
  ["a job's service", 'of: "api"', 'of: "apy"', '"apy"'],
  [
    "a volume in a mount",
    'environment: { QUEUE: "orders" },',
    'mounts: [{ volume: "uploads", target: "/u" }],',
    '"uploads"',
  ],
  ["an option of a kind", "port: 8000", "port: 8000, prot: 8000", "'prot'"],
];

const files = new Map(
  wrong.map(([what, text, mistake], index) => [what, write(`wrong${index}.ts`, shop.replace(text, mistake))]),
);
const right = write("right.ts", shop);
const options = ts.parseJsonConfigFileContent(
  { extends: join(root, "tsconfig.json"), compilerOptions: { incremental: false } },
  ts.sys,
  root,
).options;
const program = ts.createProgram([right, ...files.values()], options);

test("the shop compiles", () => {
  assert.deepEqual(mistakesIn(right), []);
});

for (const [what, text, , refused] of wrong) {
  test(`the compiler refuses what isn't there: ${what}`, () => {
    assert.ok(shop.includes(text), "the shop must hold what is made wrong");
    const mistakes = mistakesIn(files.get(what) ?? "").join("\n");
    assert.ok(mistakes.includes(refused), mistakes || "compiled");
  });
}

function mistakesIn(file: string): string[] {
  const source = program.getSourceFile(file);
  return program
    .getSemanticDiagnostics(source)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}

/** Inside the checkout, where the compiler finds berth/system. */
function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text.replace('"berth/system"', JSON.stringify(join(root, "systems/define.ts"))));
  return file;
}
