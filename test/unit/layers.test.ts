import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { cruise, type ICruiseResult } from "dependency-cruiser";
import { afterAll, beforeAll, expect, test } from "vitest";
import config from "../../.dependency-cruiser.mjs";

/** One import that the rule of this name refuses: `from` imports `to`. */
const refused: { rule: string; from: string; to: string }[] = [
  { rule: "layer lib", from: "lib/a.ts", to: "components/ssh/b.ts" },
  { rule: "layer components/containers", from: "components/containers/a.ts", to: "services/postgres/b.ts" },
  { rule: "layer components/dns", from: "components/dns/a.ts", to: "components/hosts/b.ts" },
  { rule: "layer components/ssh", from: "components/ssh/a.ts", to: "components/hosts/gce/b.ts" },
  { rule: "layer components/machine", from: "components/machine/a.ts", to: "toolchain/b.ts" },
  { rule: "layer components/managed", from: "components/managed/a.ts", to: "settings.ts" },
  { rule: "layer components/hosts", from: "components/hosts/ec2/a.ts", to: "settings/b.ts" },
  { rule: "layer toolchain", from: "toolchain/images/a.ts", to: "cli/b.ts" },
  { rule: "layer services", from: "services/redis/a.ts", to: "systems/b.ts" },
  { rule: "layer exports", from: "exports/a.ts", to: "systems/b.ts" },
  { rule: "layer systems", from: "systems/a.ts", to: "stack/b.ts" },
  { rule: "layer settings", from: "settings/a.ts", to: "cli/b.ts" },
  { rule: "layer settings", from: "settings.ts", to: "stack/b.ts" },
  { rule: "layer stack", from: "stack/a.ts", to: "cli/verbs/b.ts" },
  { rule: "layer stack", from: "stack/a.ts", to: "test/tools/b.ts" },
  { rule: "layer index.ts", from: "index.ts", to: "services/web/b.ts" },
  { rule: "layer policy", from: "policy/rules/a.ts", to: "components/hosts/b.ts" },
  { rule: "layer cli", from: "cli/verbs/a.ts", to: "services/proxy/b.ts" },
  { rule: "text is pure", from: "services/redis/redis.conf.ts", to: "node_modules/@pulumi/random/index.ts" },
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
    const lines = imported.map((to, index) => {
      const path = relative(dirname(file), to);
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

test.each(refused)("$from → $to breaks the rule $rule", async ({ rule, from, to }) => {
  const tree = `${from}-${to}`.replaceAll("/", "_");
  expect(await broken(tree, { [from]: [to], [to]: [] })).toEqual([rule]);
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
