import assert from "node:assert/strict";
import { test } from "vitest";
import { changed } from "./ownRig.ts";

/** A change of the shop's text, and what is then said of its shape. */
const shapes: [old: string, replacement: string, problem: string][] = [
  ['name: "shop",', "", "system.name: must be text, got nothing"],
  [
    'network: "shop-network",',
    "",
    'system.network: must be a network name of letters, digits, "_", "." and "-", got nothing',
  ],
  [
    'pages: { application: "/", health: "/health" },',
    "",
    "system.pages: must be a map of paths by name, got nothing",
  ],
  ['of: "api", command', "command", "system.jobs.api-migration.of: must be text, got nothing"],
  [
    'command: ["alembic", "upgrade", "head"]',
    'command: "alembic upgrade head"',
    'system.jobs.api-migration.command: must be a list of texts, one for each word, got "alembic upgrade head"',
  ],
  [
    'command: ["alembic", "upgrade", "head"]',
    "commando: []",
    "system.jobs.api-migration.command: must be a list of texts, one for each word, got nothing",
  ],
  ["cpus: 1,", "", "system.services.api.cpus: must be a number from 0.01 to 256, got nothing"],
  [
    "memory: 256,\n      minMemory",
    "memory: -1,\n      minMemory",
    "system.services.api.memory: must be a whole number from 6 to 1048576, got -1",
  ],
  [
    "replicas: 2,",
    "replicas: 0,",
    "system.services.api.replicas: must be a whole number from 1 to 1000, got 0",
  ],
  [
    "replicas: 2,",
    "replicas: 5, maxReplicas: 2,",
    "system.services.api.replicas: must be at most maxReplicas, 2, got 5",
  ],
  [
    "port: 8000,\n      cpus",
    "cpus",
    "system.services.api.port: must be a whole number from 1 to 65535, got nothing",
  ],
  [
    "port: 8000,",
    "port: 99999,",
    "system.services.api.port: must be a whole number from 1 to 65535, got 99999",
  ],
  [
    'queue: "orders",',
    'queue: "orders", mounts: [{ volum: "v", target: "/x" }],',
    "system.services.orders.mounts.0.volume: must be text, got nothing",
  ],
  [
    'queue: "orders",',
    'queue: "orders", mounts: [{ volume: "v", target: "x" }],',
    'system.services.orders.mounts.0.target: must be an absolute path such as "/data", got "x"',
  ],
  [
    'queue: "orders",',
    'queue: "orders", files: { "../x": { content: "" } },',
    'system.services.orders.files.../x: must be a file\'s name such as "app.yaml"',
  ],
  [
    'queue: "orders",',
    'queue: "orders", generated: { KEY: { length: 0 } },',
    "system.services.orders.generated.KEY.length: must be a whole number from 8 to 1024, got 0",
  ],
  [
    'uses: ["database", "queue"],\n      queue',
    'uses: "database",\n      queue',
    'system.services.orders.uses: must be a list of texts, got "database"',
  ],
  [
    "  jobs: {",
    '  volumes: { v: { keeps: "dta", of: "api" } },\n  jobs: {',
    'system.volumes.v.keeps: must be one of data, shared, folder, got "dta"',
  ],
  [
    "orders: worker({",
    "extra: undefined, orders: worker({",
    "system.services.extra: must be made by a kind of service such as web, worker or postgres, got nothing",
  ],
  [
    "orders: worker({",
    'extra: "web", orders: worker({',
    'system.services.extra: must be made by a kind of service such as web, worker or postgres, got "web"',
  ],
  [
    "api: { requests: 50,",
    '"a; b": { requests: 50,',
    'system.rates.a; b: must be letters, digits, ".", "_" or "-" after a letter, at most 63, and not "clients" or "tls"',
  ],
  [
    'per: "second", burst: 100',
    'per: "hour", burst: 100',
    'system.rates.api.per: must be one of second, minute, got "hour"',
  ],
  [
    '{ path: "/", to: "api" }',
    '{ path: "x", to: "api" }',
    'system.services.nginx.public.routes.1.path: must begin with "/" and hold letters, digits and ._~@+,=- only, got "x"',
  ],
  [
    '{ path: "/", to: "api" }',
    '{ path: "/api/", to: "api" }',
    'system.services.nginx.public.routes.1.path: must be there once, got "/api/"',
  ],
  [
    '{ path: "/", to: "api" }',
    '{ path: "/" }',
    "system.services.nginx.public.routes.1.to: must be given, got nothing",
  ],
  [
    "pages: {",
    "pags: {}, pages: {",
    "system.pags: unknown key; known: name, title, component, network, services, jobs, volumes, queues, rates, pages, projects, folders, watched, superuser, extra",
  ],
];

test("takes all that a volume may say", async () => {
  const volume = 'uploads: { keeps: "data", of: "api", permissions: "0755", bucket: true }';
  assert.deepEqual(
    await changed(
      ["pages: {", `volumes: { ${volume} }, pages: {`],
      ["replicas: 2,", 'replicas: 2, mounts: [{ volume: "uploads", target: "/uploads" }],'],
    ),
    [],
  );
});

for (const [old, replacement, problem] of shapes) {
  test(`refuses ${problem}`, async () => {
    const problems = await changed([old, replacement]);
    assert.ok(problems.includes(problem), problems.join("\n") || "taken");
  });
}
