import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { build, type Plugin } from "esbuild";
import { test } from "vitest";

const root = join(import.meta.dirname, "../../..");

/** What is imported where it is used isn't loaded yet. */
const whatWaits: Plugin = {
  name: "what waits",
  setup: (bundler) => {
    bundler.onResolve({ filter: /./ }, ({ kind, path }) =>
      kind === "dynamic-import" ? { path, external: true } : undefined,
    );
  },
};

/** Packages that a source loads as soon as it is loaded itself. */
async function packagesOf(source: string): Promise<string[]> {
  const { metafile } = await build({
    stdin: { contents: source, resolveDir: root, loader: "ts" },
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    format: "esm",
    packages: "external",
    plugins: [whatWaits],
  });
  const [output] = Object.values(metafile.outputs);
  const loaded = output?.imports.filter(({ kind }) => kind === "import-statement") ?? [];
  return [...new Set(loaded.map(({ path }) => path))].filter((path) => !path.startsWith("node:")).sort();
}

test("definitions load no provider: the command line reads them in milliseconds", async () => {
  assert.deepEqual(await packagesOf('export * from "./systems/index.ts";'), ["yaml"]);
});

test("and this test sees one that does", async () => {
  const source = 'export * from "./systems/index.ts"; export * from "./components/containers/network.ts";';
  assert.deepEqual(await packagesOf(source), ["@pulumi/docker", "@pulumi/pulumi", "yaml"]);
});

test("a process that reads all definitions has loaded nothing of Pulumi", async () => {
  const program = `import("./systems/index.ts").then(async ({ systems }) => {
    const { rowsOf } = await import("./systems/facts.ts");
    const { createRequire } = await import("node:module");
    const loaded = Object.keys(createRequire(process.cwd() + "/x.js").cache).filter((file) => file.includes("@pulumi"));
    console.log(JSON.stringify([Object.keys(systems), Object.keys(rowsOf(systems.loc8, { watched: false, certified: false, backed: false })), loaded]));
  });`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--import=tsx", "-e", program], {
    cwd: root,
  });
  assert.deepEqual(JSON.parse(stdout), [
    ["attn", "loc8", "arv", "docsai", "vru"],
    ["nginx", "backend", "frontend", "postgres", "redis"],
    [],
  ]);
});
