import assert from "node:assert/strict";
import { test } from "vitest";
import { checkSettings } from "../../cli/preflight/settings.ts";
import berth from "../../index.ts";
import { SettingsError } from "../../lib/problems.ts";
import { runProgram } from "./harness.ts";

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
