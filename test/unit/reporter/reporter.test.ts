import assert from "node:assert/strict";
import { join } from "node:path";
import { execa } from "execa";
import { test } from "vitest";

const root = join(import.meta.dirname, "../../..");
const config = join(import.meta.dirname, "examples/vitest.config.ts");

async function run(...words: string[]): Promise<{ exitCode: number | undefined; lines: string[] }> {
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const args = [vitest, "run", "--config", config, ...words];
  const { exitCode, stdout } = await execa(process.execPath, args, { env: { NO_COLOR: "1" }, reject: false });
  const lines = stdout.split("\n").filter((line) => line !== "");
  return { exitCode, lines: lines.map((line) => line.replace(/, [\d.]+ s$/, "")) };
}

test("a run tells failures at once and in full, reasons of skips and totals, and failed hooks count", async () => {
  assert.deepEqual(await run("all"), {
    exitCode: 1,
    lines: [
      "  failed: all.example.ts: fails",
      "    it took 5 s",
      "all.example.ts: 2 passed, 4 failed, 2 skipped",
      "  all.example.ts: a hook before:",
      "    it is cold",
      "  all.example.ts: a hook after:",
      "    it is left",
      "  all.example.ts: fails:",
      "    expected 1 to be 2 // Object.is equality",
      "failed: all.example.ts: a hook before",
      "failed: all.example.ts: a hook after",
      "failed: all.example.ts: fails",
      "it printed:",
      "it came this far",
      "skipped: there is no browser",
      "  all.example.ts: finds something missing",
      "skipped: there is no Docker",
      "  all.example.ts: a machine > boots",
      "failed: all.example.ts: a hook before: it is cold",
      "failed: all.example.ts: a hook after: it is left",
      "failed: all.example.ts: fails: expected 1 to be 2 // Object.is equality",
      "2 passed, 4 failed, 2 skipped",
    ],
  });
});

test("a file that can't be loaded has failed", async () => {
  const { exitCode, lines } = await run("broken");
  assert.deepEqual([exitCode, lines.at(-1)], [1, "0 passed, 1 failed, 0 skipped"]);
});

test("an error that no test handles has failed", async () => {
  const { exitCode, lines } = await run("stray");
  assert.deepEqual([exitCode, lines.at(-1)], [1, "1 passed, 1 failed, 0 skipped"]);
});

test("a test whose process dies has failed, and so has the run", async () => {
  const { exitCode, lines } = await run("killed");
  assert.deepEqual([exitCode, lines.at(-1)], [1, "0 passed, 2 failed, 0 skipped"]);
});

test("what isn't asked for isn't counted", async () => {
  const { exitCode, lines } = await run("all", "-t", "passes too");
  assert.deepEqual([exitCode, lines.at(-1)], [1, "1 passed, 1 failed, 1 skipped"]);
});

test("nothing run is a failure", async () => {
  const { exitCode, lines } = await run("nothing");
  assert.deepEqual(lines, ["no file with tests has such a name", "0 passed, 0 failed, 0 skipped"]);
  assert.equal(exitCode, 1);
});
