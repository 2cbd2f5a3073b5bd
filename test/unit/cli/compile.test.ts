import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { it, onTestFinished } from "vitest";

it("the program is compiled by one process three times at once, into one file", async () => {
  const cache = await mkdtemp(join(tmpdir(), "berth-compile-"));
  onTestFinished(() => rm(cache, { recursive: true }));
  const module = new URL("../../../cli/compile.mjs", import.meta.url).href;
  const text = `
    const { compiled } = await import(${JSON.stringify(module)});
    const all = await Promise.all([1, 2, 3].map(() => compiled()));
    console.log(JSON.stringify([...new Set(all.map(({ file }) => file))].length));`;
  const words = ["--input-type=module", "-e", text];
  const env = { ...process.env, XDG_CACHE_HOME: cache };
  const { stdout } = await promisify(execFile)(process.execPath, words, { env });
  assert.equal(stdout, "1\n");
}, 120_000);
