import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "../../..");

/** Runs a script in a process of its own, as the command line does, and gives back what it printed. */
async function run(script: string): Promise<unknown> {
  const head = `
    import { createRequire } from "node:module";
    import { loadClosuresLate } from "${root}/cli/lazy.mjs";
    const require = createRequire("${root}/package.json");
    const loaded = () => Object.keys(require.cache).filter((file) => /node_modules.(typescript|@npmcli.arborist).lib/.test(file)).length;
  `;
  const args = ["--input-type=module", "-e", head + script];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
  return JSON.parse(stdout);
}

it("the SDK loads neither a compiler nor npm's tree until somebody asks for a closure", async () => {
  const script = `
    loadClosuresLate();
    require("@pulumi/pulumi");
    require("@pulumi/pulumi/automation/index.js");
    console.log(loaded());`;
  expect(await run(script)).toBe(0);
});

it("without that it loads them, so that there is something to spare", async () => {
  const script = `require("@pulumi/pulumi/automation/index.js"); console.log(loaded());`;
  expect(await run(script)).toBeGreaterThan(0);
});

it("a closure is sent as without it, by the genuine modules", async () => {
  const script = (early: string) => `
    ${early}
    const pulumi = require("@pulumi/pulumi");
    const { text } = await pulumi.runtime.serializeFunction(() => 42);
    console.log(JSON.stringify([text, loaded() > 0]));`;
  expect(await run(script("loadClosuresLate();"))).toEqual(await run(script("")));
});

it("the SDK hands on the same names as without it", async () => {
  const script = (early: string) => `
    ${early}
    const pulumi = require("@pulumi/pulumi");
    console.log(JSON.stringify([Object.keys(pulumi), Object.keys(pulumi.runtime)]));`;
  expect(await run(script("loadClosuresLate();"))).toEqual(await run(script("")));
});
