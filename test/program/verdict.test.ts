import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as state from "@pulumi/pulumi/runtime/state.js";
import { test, vi } from "vitest";
import { asStack, root } from "../../cli/project.ts";
import { checkSettings } from "../../cli/preflight/settings.ts";
import berth from "../../index.ts";
import { sealedPaths } from "../../lib/sealed.ts";
import { SettingsError } from "../../lib/problems.ts";
import { readSettings } from "../../settings.ts";
import { stackOn } from "./anyStack.ts";
import { runProgram } from "./harness.ts";

/** There in the SDK, though not in its types (pulumi/pulumi sdk/nodejs/runtime/state.ts). */
const { getStore } = state as unknown as {
  getStore: () => { settings: { options: { rootDirectory?: string | undefined } } };
};

/** Stack files with mistakes, as a person might write them, and all that is said of each. */
const files: [what: string, config: Record<string, unknown>, problems: string[]][] = [
  [
    "a system that nobody has",
    { "berth:system": "atn" },
    ['system: must be one of attn, loc8, arv, docsai, vru, got "atn"'],
  ],
  [
    "a file that isn't there",
    { "berth:system": "/nowhere/shop.ts" },
    ['system: must be a file that is there, got "/nowhere/shop.ts"'],
  ],
  [
    "several mistakes at once",
    {
      "berth:system": "loc8",
      "berth:host": { kind: "local", port: 70000 },
      "berth:replicas": { backend: 0, web: 2 },
      "berth:domain": "not a domain",
      "berth:protectdata": true,
    },
    [
      "host.port: must be a whole number from 1 to 65535, got 70000",
      'domain: must be a domain name such as "app.example.org", got "not a domain"',
      "replicas.backend: must be a whole number from 1 to 32, got 0",
      "replicas.web: unknown key; known: nginx, backend, frontend, postgres, redis",
      "protectdata: unknown key; known: system, host, hosts, placement, swarm, domains, domain, tls, network, images, replicas, limits, environment, volumes, secrets, rotate, secretsInEnvironment, optional, development, override, jobs, rates, headers, routes, maintenance, trustedProxies, aliases, external, monitoring, alerts, logging, backup, superuser, dataRoot, protectData, registries, registry",
    ],
  ],
  [
    "a number where a domain is due; where any name is, it is one, as the engine hands it over in text",
    { "berth:system": "docsai", "berth:domain": "123", "berth:network": "2024", "berth:superuser": "123" },
    ['domain: must be a domain name such as "app.example.org", got "123"'],
  ],
  [
    "a password in a wrong URL, which nobody is shown",
    { "berth:system": "arv", "berth:external": { postgres: "mysql://arv:hunter2@db/arv" } },
    [
      'external.postgres: must be "postgresql://user:password@host:5432/database"; it begins with "postgresql://", got something else',
    ],
  ],
];

for (const [what, config, problems] of files) {
  test(`the command line and plain pulumi say the same of ${what}`, async () => {
    assert.deepEqual((await checkSettings({ config, secretKeys: [] })).problems, problems);
    await assert.rejects(runProgram(berth, { config }), (error) => {
      assert.ok(error instanceof SettingsError);
      assert.deepEqual(error.problems, problems);
      return true;
    });
  });
}

test("the command line and plain pulumi find the same secrets in plain text, some beside others that aren't", async () => {
  const text = [
    "config:",
    "  berth:system: loc8",
    "  berth:registry: { username: u, password: { secure: v1:x } }",
    "  berth:secrets: { backend: { A: { secure: v1:x }, B: b, C: generate }, D: d }",
    "  berth:external: { postgres: 'postgresql://u:p@db.example/x' }",
  ].join("\n");
  const written = asStack({ name: "test" }, text);
  const config = {
    "berth:system": "loc8",
    "berth:registry": { username: "u", password: "p" },
    "berth:secrets": { backend: { A: "a", B: "b", C: "generate" }, D: "d" },
    "berth:external": { postgres: "postgresql://u:p@db.example/x" },
  };
  const expected = [
    ["secrets", "backend", "B"],
    ["secrets", "D"],
    ["external", "postgres"],
  ];
  const { settings } = await checkSettings({ ...written, config, secretKeys: ["registry", "secrets"] });
  assert.deepEqual(settings?.plain, expected);
  const secretKeys = ["berth:registry", "berth:secrets"];
  const found = async (read: () => ReturnType<typeof readSettings>) => {
    let plain: unknown;
    const program = async () => {
      ({ plain } = await read());
      return {};
    };
    await runProgram(program, { config, secretKeys });
    return plain;
  };
  assert.deepEqual(await found(() => readSettings(root, sealedPaths(written.written))), expected);
  const folder = await mkdtemp(join(tmpdir(), "berth-plain-"));
  const store = getStore();
  const before = store.settings.options.rootDirectory;
  try {
    const readFrom = (place: string) => () => {
      store.settings.options.rootDirectory = place;
      return readSettings(root);
    };
    await writeFile(join(folder, "Pulumi.test.yaml"), text);
    assert.deepEqual(await found(readFrom(folder)), expected);
    assert.deepEqual(await found(readFrom(join(folder, "none"))), expected.slice(2), "by keys alone");
  } finally {
    store.settings.options.rootDirectory = before;
    await rm(folder, { recursive: true });
  }
});

test("a run warns of a secret in plain text, and of none that is generated", async () => {
  const warn = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
  await stackOn("existing", "loc8", { secrets: { backend: { A: "a", B: "generate" } } });
  const warnings = warn.mock.calls.map(([message]) => message);
  warn.mockRestore();
  assert.deepEqual(
    warnings.filter((message) => message.startsWith("secrets.")),
    [
      "secrets.backend.A: stands in the stack's config in plain text, and so in Pulumi's history; set it with pulumi config set --stack prod --secret --path 'berth:secrets.backend.A'",
    ],
  );
});
