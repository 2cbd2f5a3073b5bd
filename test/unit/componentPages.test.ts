import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { test } from "vitest";
import { examples, pages } from "../../docs/componentPages.ts";

const root = join(import.meta.dirname, "../..");
const made = pages();
const all = [...examples()];

test("every public component has an example", () => {
  const without = all.filter(([, { code }]) => code === "").map(([name]) => name);
  assert.deepEqual(without, []);
});

test("what only a host makes for itself has no page", () => {
  const names = [...made.keys()];
  assert.deepEqual(
    names.filter((name) => /^(gce|ec2)-/.test(name)),
    ["ec2-host.md", "gce-host.md"],
  );
});

test("inherited arguments are shown under the type that declares them", () => {
  const page = made.get("application-job.md") ?? "";
  const inherited = page.slice(
    page.indexOf("### From [`ApplicationArgs`](../../services/application/application.ts)"),
  );
  assert.match(
    inherited,
    /^\| `links` \| `Linkable\[\]\?` \| Databases, caches and queues it is handed\. \|$/m,
  );
  assert.doesNotMatch(page, /developmentCommand/, "left out by Omit");
});

/** What examples take as given, beside each component by its name. */
const given = `
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { alertsYml, celeryBeat, celeryWorker, connection, engineFacts, filesFolder } from "berth/components";
import { redisExporter } from "berth/components";
import { heartbeatHealth, httpHealth, pulledImages, type Scope, type ServiceSettings } from "berth/components";
import { ec2HostSchema } from "berth/hosts/ec2";
import { gceHostSchema } from "berth/hosts/gce";
declare const scope: Scope, network: Network, config: pulumi.Config;
declare const postgres: Postgres, redis: Redis, api: WebService, frontend: WebService;
declare const services: Record<ServiceName, ServiceSettings>;
type ServiceName = "api" | "worker" | "beat" | "postgres" | "redis" | "minio" | "nginx" | "backup" | Watching;
type Watching = "prometheus" | "alertmanager" | "grafana" | "redis-exporter";
`;

test(
  "every example is a program that type-checks, with nothing but what the package exports",
  { timeout: 60_000 },
  () => {
    const imports = all.map(([name, { entry }]) => `import { ${name} } from "${entry}";`).join("\n");
    // A function each, so that an example may name what others take as given.
    const bodies = all.map(([name, { code }]) => `export async function example${name}() {\n${code}\n}`);
    assert.deepEqual(typeErrors([imports, given, ...bodies].join("\n")), []);
    const wrong = `export const wrong = new Network("shop", { scope, networkName: 1 });`;
    assert.equal(typeErrors([imports, given, wrong].join("\n")).length, 1, "an error would be seen");
  },
);

test("the program at the head of docs/components.md type-checks", { timeout: 60_000 }, () => {
  const page = readFileSync(join(root, "docs/components.md"), "utf8");
  const [, program = ""] = /```ts\n(.*?)```/s.exec(page) ?? [];
  assert.match(program, /new Postgres\(/);
  assert.deepEqual(typeErrors(program), []);
});

/** Errors of a program in the root folder. The two clouds' packages are left out, whose types are huge. */
function typeErrors(text: string): string[] {
  const file = join(root, "examples.ts");
  const config = ts.readConfigFile(join(root, "tsconfig.json"), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
  const settings = { ...options, incremental: false, noUnusedLocals: false, noEmit: true };
  delete settings.tsBuildInfoFile;
  const host = ts.createCompilerHost(settings);
  const disk = { ...host };
  host.fileExists = (path) => path === file || disk.fileExists(path);
  host.getSourceFile = (path, ...rest) =>
    path === file
      ? ts.createSourceFile(file, text, ts.ScriptTarget.ES2023)
      : disk.getSourceFile(path, ...rest);
  host.resolveModuleNameLiterals = (literals, importer, redirected, _options, source) =>
    literals.map((literal) => {
      if (/^@pulumi\/(aws|gcp)/.test(literal.text)) return { resolvedModule: undefined };
      const mode = ts.getModeForUsageLocation(source, literal, settings);
      return ts.resolveModuleName(literal.text, importer, settings, host, undefined, redirected, mode);
    });
  const program = ts.createProgram([file], settings, host);
  const source = program.getSourceFile(file);
  return program
    .getSemanticDiagnostics(source)
    .concat(program.getSyntacticDiagnostics(source))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}
