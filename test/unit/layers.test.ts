import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { cruise, type ICruiseResult } from "dependency-cruiser";
import { afterAll, beforeAll, expect, test } from "vitest";
import config, { layers } from "../../.dependency-cruiser.mjs";

/** One import that the rule of this name refuses: `importer` imports `imported`. */
const refused: { rule: string; importer: string; imported: string }[] = [
  { rule: "layer lib", importer: "lib/a.ts", imported: "components/ssh/b.ts" },
  {
    rule: "layer components/containers",
    importer: "components/containers/a.ts",
    imported: "services/postgres/b.ts",
  },
  {
    rule: "layer components/containers",
    importer: "components/containers/a.ts",
    imported: "components/hosts/b.ts",
  },
  { rule: "layer components/dns", importer: "components/dns/a.ts", imported: "components/hosts/b.ts" },
  { rule: "layer components/ssh", importer: "components/ssh/a.ts", imported: "components/hosts/gce/b.ts" },
  { rule: "layer components/machine", importer: "components/machine/a.ts", imported: "toolchain/b.ts" },
  { rule: "layer components/managed", importer: "components/managed/a.ts", imported: "settings.ts" },
  { rule: "layer components/hosts", importer: "components/hosts/ec2/a.ts", imported: "settings/b.ts" },
  { rule: "layer toolchain", importer: "toolchain/images/a.ts", imported: "cli/b.ts" },
  { rule: "layer services", importer: "services/redis/a.ts", imported: "systems/b.ts" },
  { rule: "layer exports", importer: "exports/a.ts", imported: "systems/b.ts" },
  { rule: "layer systems", importer: "systems/a.ts", imported: "stack/b.ts" },
  { rule: "layer settings", importer: "settings/a.ts", imported: "cli/b.ts" },
  { rule: "layer settings", importer: "settings.ts", imported: "stack/b.ts" },
  { rule: "layer stack", importer: "stack/a.ts", imported: "cli/verbs/b.ts" },
  { rule: "layer stack", importer: "stack/a.ts", imported: "test/tools/b.ts" },
  { rule: "layer index.ts", importer: "index.ts", imported: "services/web/b.ts" },
  { rule: "layer policy", importer: "policy/rules/a.ts", imported: "components/hosts/b.ts" },
  { rule: "layer cli", importer: "cli/verbs/a.ts", imported: "services/proxy/b.ts" },
  {
    rule: "text is pure",
    importer: "services/redis/redis.conf.ts",
    imported: "node_modules/@pulumi/random/index.ts",
  },
  {
    rule: "monitoring knows no kind of service",
    importer: "services/monitoring/a.ts",
    imported: "services/redis/b.ts",
  },
  {
    rule: "a system is plain data",
    importer: "systems/a.ts",
    imported: "node_modules/@pulumi/pulumi/index.ts",
  },
];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "berth-layers-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The rules broken by a tree that has just these files, each with the files it imports. */
async function broken(tree: string, files: Record<string, string[]>): Promise<string[]> {
  const root = join(folder, tree);
  for (const [file, imported] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    const lines = imported.map((target, index) => {
      const path = relative(dirname(file), target);
      return `import { x as x${index} } from "${path.startsWith(".") ? path : `./${path}`}";`;
    });
    writeFileSync(join(root, file), [...lines, "export const x = 1;", ""].join("\n"));
  }
  const { tsPreCompilationDeps } = config.options;
  const { output } = await cruise(["."], {
    tsPreCompilationDeps,
    baseDir: root,
    validate: true,
    ruleSet: config,
  });
  return (output as ICruiseResult).summary.violations.map((violation) => violation.rule.name);
}

test.each(refused)("$importer → $imported breaks the rule $rule", async ({ rule, importer, imported }) => {
  const tree = `${importer}-${imported}`.replaceAll("/", "_");
  expect(await broken(tree, { [importer]: [imported], [imported]: [] })).toEqual([rule]);
});

test("a type is an import too", async () => {
  const files = { "systems/a.ts": [], "lib/b.ts": [] };
  await broken("type", files);
  writeFileSync(
    join(folder, "type/lib/b.ts"),
    'import type { x } from "../systems/a.ts";\nexport type Y = typeof x;\n',
  );
  expect(await broken("type", { "systems/a.ts": [] })).toEqual(["layer lib"]);
});

test("a circle is refused wherever it is", async () => {
  const files = { "systems/a.ts": ["systems/b.ts"], "systems/b.ts": ["systems/a.ts"] };
  expect(await broken("circle", files)).toEqual(["no circle"]);
});

/** Layers that may import one which doesn't stand before them: only with such a one could folders form a circle. */
function upward(list: Readonly<Record<string, readonly string[]>>): string[] {
  const names = Object.keys(list);
  return names.flatMap((layer, index) => {
    const before = names.slice(0, index);
    const stands = (name: string) =>
      names
        .filter((other) => other === name || other.startsWith(`${name}/`))
        .every((other) => before.includes(other));
    return (list[layer] ?? []).filter((name) => !stands(name)).map((name) => `${layer} → ${name}`);
  });
}

test("no two layers may import each other, not by way of others either", () => {
  expect(upward(layers)).toEqual([]);
  const wrong = {
    "components/containers": ["components/hosts"],
    "components/ssh": ["components/containers"],
    "components/hosts": ["components/ssh", "components"],
  };
  expect(upward(wrong)).toEqual([
    "components/containers → components/hosts",
    "components/hosts → components",
  ]);
});

test("imports that go down are accepted", async () => {
  const files = {
    "index.ts": ["settings.ts", "stack/a.ts"],
    "settings.ts": ["settings/a.ts"],
    "settings/a.ts": ["systems/a.ts", "lib/a.ts"],
    "stack/a.ts": ["systems/a.ts", "services/web/a.ts"],
    "systems/a.ts": ["services/web/a.ts"],
    "services/web/a.ts": ["components/containers/a.ts"],
    "components/containers/a.ts": ["lib/a.ts"],
    "lib/a.ts": [],
  };
  expect(await broken("down", files)).toEqual([]);
});

test("every rule is fed what it refuses", () => {
  const fed = new Set([...refused.map(({ rule }) => rule), "no circle"]);
  expect(config.forbidden.map(({ name }) => name).filter((name) => !fed.has(name))).toEqual([]);
});
