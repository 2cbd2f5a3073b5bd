import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { examples } from "../../docs/componentPages.ts";
import manifest from "../../package.json" with { type: "json" };
import build from "../../tsconfig.build.json" with { type: "json" };

const root = join(import.meta.dirname, "../..");

/** Compiled entries, by what a program imports, and their sources. */
const entries = Object.entries(manifest.exports).flatMap(([key, target]) =>
  typeof target === "string"
    ? []
    : [{ name: `berth${key.slice(1)}`, ...target, source: sourceOf(target.default) }],
);

function sourceOf(compiled: string): string {
  return compiled.replace("./dist/", "").replace(/\.js$/, ".ts");
}

test("every compiled entry of the package is built from a source that is there, with its types", () => {
  assert.deepEqual(
    entries.map(({ name }) => name),
    ["berth/components", "berth/hosts/gce", "berth/hosts/ec2"],
  );
  assert.deepEqual(entries.map(({ source }) => source).toSorted(), build.include.toSorted());
  for (const { source, types } of entries) {
    assert.equal(types, `./dist/${source.replace(/\.ts$/, ".d.ts")}`);
    assert.ok(existsSync(join(root, source)), source);
  }
});

async function exported(source: string): Promise<[name: string, value: unknown][]> {
  return Object.entries((await import(join(root, source))) as Record<string, unknown>);
}

const isClass = (value: unknown): boolean => typeof value === "function" && /^class\b/.test(String(value));

test("every component that has a page is exported where the page says, and every class has a page", async () => {
  const classes = await Promise.all(
    entries.map(async ({ name, source }) =>
      (await exported(source)).filter(([, value]) => isClass(value)).map(([each]) => `${each} of ${name}`),
    ),
  );
  const pages = [...examples()].map(([component, { entry }]) => `${component} of ${entry}`);
  // Collects jobs for the program, and makes nothing.
  const without = ["Jobs of berth/components"];
  assert.deepEqual(classes.flat().toSorted(), [...pages, ...without].toSorted());
});

test("docs/components.md lists all that is exported beside components", async () => {
  const [, page = ""] = readFileSync(join(root, "docs/components.md"), "utf8").split("Beside them:");
  const listed = [...page.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
  const values = await Promise.all(entries.map(({ source }) => exported(source)));
  const others = values.flat().filter(([name, value]) => !isClass(value) || name === "Jobs");
  assert.deepEqual(listed.toSorted(), others.map(([name]) => name).toSorted());
});

test("the package holds what runs and what tells of it, and no test, measurement or other tool of the checkout", () => {
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const [packed] = JSON.parse(execFileSync("npm", args, { cwd: root, encoding: "utf8" })) as Packed[];
  const files = packed?.files.map(({ path }) => path) ?? [];
  const folders = [...new Set(files.map((file) => file.split("/")[0]))].filter((top) => top !== "dist");
  assert.deepEqual(folders.toSorted(), [
    "CHANGELOG.md",
    "LICENSE",
    "Pulumi.yaml",
    "README.md",
    "cli",
    "components",
    "docs",
    "examples",
    "images",
    "index.ts",
    "lib",
    "package.json",
    "services",
    "settings",
    "settings.ts",
    "stack",
    "systems",
    "toolchain",
  ]);
  const strange = files.filter((file) =>
    /\.test\.|^docs\/.*\.ts$|(^|\/)(node_modules|\.npmrc|__pycache__)(\/|$)|Pulumi\.(?!yaml|dev\.yaml)/.test(
      file,
    ),
  );
  assert.deepEqual(strange, []);
});

interface Packed {
  files: { path: string }[];
}
