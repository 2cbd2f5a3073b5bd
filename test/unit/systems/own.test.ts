import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, test } from "vitest";
import { SettingsError } from "../../../lib/problems.ts";
import { settingsFrom } from "../../../settings.ts";
import type { SystemDefinition } from "../../../systems/define.ts";
import { systems } from "../../../systems/index.ts";
import { mistakesIn } from "../../../systems/mistakes/index.ts";

const shop = join(import.meta.dirname, "../../../examples/shop/shop.ts");
let folder: string;
beforeAll(async () => {
  // Outside the checkout, with nothing installed.
  folder = await mkdtemp(join(tmpdir(), "berth-own-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function problemsOf(text: string | undefined, config: object = {}): Promise<readonly string[]> {
  if (text !== undefined) await writeFile(join(folder, "shop.ts"), text);
  const system = text === undefined ? "./nothing.ts" : "./shop.ts";
  try {
    await settingsFrom({ system, ...config }, folder);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

test("a file anywhere is a system, and settings are checked against it", async () => {
  const text = await readFile(shop, "utf8");
  await writeFile(join(folder, "shop.ts"), text);
  const { system, services, rates } = await settingsFrom(
    { system: "./shop.ts", replicas: { api: 3 } },
    folder,
  );
  assert.equal(system, "shop");
  assert.deepEqual(Object.keys(services), ["nginx", "api", "orders", "database", "queue"]);
  assert.equal(services.api?.replicas, 3);
  assert.deepEqual(rates.api, { requests: 50, per: "second", burst: 100 });
  assert.deepEqual(await problemsOf(text, { replicas: { database: 2, apy: 1 } }), [
    "replicas.database: must be a whole number from 1 to 1, got 2",
    "replicas.apy: unknown key; known: nginx, api, orders, database, queue",
  ]);
});

test("refuses a file that isn't there", async () => {
  assert.deepEqual(await problemsOf(undefined), ['system: must be a file that is there, got "./nothing.ts"']);
});

test("refuses a file that defines no system, or two", async () => {
  const rule = "system: must be a file that exports one system, made with defineSystem";
  assert.deepEqual(await problemsOf("export const shop = { name: 'shop' };"), [`${rule}, got "./shop.ts"`]);
  const two = `import { defineSystem } from "berth/system";
    const one = (name: string) => defineSystem({ name, network: name, services: {}, pages: {} });
    export const a = one("a"); export const b = one("b");`;
  assert.deepEqual(await problemsOf(two), [`${rule}, got "./shop.ts"`]);
});

test("refuses what isn't TypeScript, and says where", async () => {
  assert.deepEqual(await problemsOf("export const shop = ;\n"), [
    'system: must be TypeScript, got "./shop.ts:1: Unexpected \\";\\""',
  ]);
});

test("refuses a file that fails as it runs", async () => {
  assert.deepEqual(await problemsOf('throw new Error("no price list");'), [
    'system: must be a file that runs, got "./shop.ts: no price list"',
  ]);
});

test("finds names that nothing has in a file that nobody compiled, all at once", async () => {
  const text = (await readFile(shop, "utf8"))
    .replace('{ path: "/", to: "api" }', '{ path: "/", to: "apo" }')
    .replace('after: ["api-migration"]', 'after: ["migration"]')
    .replace('in: "queue"', 'in: "quee"')
    .replace('name: "shop"', 'name: "The Shop"');
  const services = "nginx, api, orders, database, queue";
  assert.deepEqual(await problemsOf(text), [
    'system.name: must be lower-case letters, digits and dashes, at most 32, got "The Shop"',
    `system.services.nginx.public.routes: must be one of its services, ${services}, got "apo"`,
    'system.services.api.after: must be one of its jobs, api-migration, got "migration"',
    `system.queues.orders.in: must be one of its services, ${services}, got "quee"`,
  ]);
});

/** The shop with pieces of its text replaced; each has to be there. */
async function changed(...changes: [old: string, replacement: string][]): Promise<readonly string[]> {
  let text = await readFile(shop, "utf8");
  for (const [old, replacement] of changes) {
    assert.ok(text.includes(old), old);
    text = text.replaceAll(old, replacement);
  }
  return await problemsOf(text);
}

test("the systems that come with Berth, and the shop, have no mistakes", async () => {
  for (const system of Object.values<SystemDefinition>(systems)) assert.deepEqual(mistakesIn(system), []);
  assert.deepEqual(await changed(), []);
});

const shape = 'must be lower-case letters, digits, "-" and "_", at most 40, beginning with a letter';

test.each([
  ["Orders", `${shape}, got "Orders"`],
  ["orders service", `${shape}, got "orders service"`],
  ["o".repeat(41), `${shape}, got "${"o".repeat(41)}"`],
  ["grafana", 'must not be the name of a part of the monitoring, got "grafana"'],
  ["postgres-exporter", 'must not be the name of a part of the monitoring, got "postgres-exporter"'],
  ["database-data", 'must not be the name of what belongs to service "database", got "database-data"'],
  ["nginx-live", 'must not be the name of what belongs to service "nginx", got "nginx-live"'],
  ["api-1", 'must not be the name of what belongs to service "api", got "api-1"'],
])("refuses a service called %s", async (name, problem) => {
  assert.deepEqual(await changed(["orders: worker(", `"${name}": worker(`]), [
    `system.services.${name}: ${problem}`,
  ]);
});

test("refuses one name for two things", async () => {
  const twice = "must be the name of one thing, got";
  assert.deepEqual(await changed(['"api-migration"', '"orders"']), [
    `system.jobs.orders: ${twice} "orders" of services too`,
  ]);
});

test("refuses a network that Docker wouldn't take", async () => {
  assert.deepEqual(await changed(['network: "shop-network"', 'network: "shop network"']), [
    'system.network: must be a network name of letters, digits, "_", "." and "-", got "shop network"',
  ]);
});

test("refuses a route to what answers no HTTP", async () => {
  for (const name of ["orders", "database"])
    assert.deepEqual(await changed(['{ path: "/", to: "api" }', `{ path: "/", to: "${name}" }`]), [
      `system.services.nginx.public.routes: must lead to a service that answers HTTP, api, got "${name}"`,
    ]);
});

test("refuses to wait for, or to mount, what settings may leave out", async () => {
  const optional: [string, string] = ["port: 8000,", "port: 8000, optional: true,"];
  assert.deepEqual(await changed(optional), [], "a service may wait for its own job");
  assert.deepEqual(
    await changed(optional, ['queue: "orders",', 'queue: "orders", after: ["api-migration"],']),
    [
      'system.services.orders.after: must be jobs of services that are always there, got "api-migration" of "api"',
    ],
  );
  const job = 'jobs: { clean: { of: "orders", command: ["true"], after: ["api-migration"] },';
  assert.deepEqual(await changed(optional, ["jobs: {", job]), [
    'system.jobs.clean.after: must be jobs of services that are always there, got "api-migration" of "api"',
  ]);
  const mounted = 'queue: "orders", mounts: [{ volume: "uploads", target: "/uploads" }],';
  const volume = 'volumes: { uploads: { keeps: "data", of: "api" } },\n  queues:';
  assert.deepEqual(await changed(optional, ['queue: "orders",', mounted], ["queues:", volume]), [
    'system.services.orders.mounts: must be volumes of services that are always there, got "uploads" of "api"',
  ]);
});

test("refuses jobs that wait for themselves", async () => {
  const jobs = [
    'a: { of: "api", command: ["true"], after: ["b"] }',
    'b: { of: "api", command: ["true"], after: ["a", "c"] }',
    'c: { of: "api", command: ["true"], after: ["c"] }',
  ];
  assert.deepEqual(await changed(["jobs: {", `jobs: { ${jobs.join(", ")},`]), [
    "system.jobs.a.after: must not lead back to itself, got a after b after a",
    "system.jobs.b.after: must not lead back to itself, got b after a after b",
    "system.jobs.c.after: must not lead back to itself, got c after c",
  ]);
});

test("refuses projects out of order, and services in none or in two", async () => {
  const projects = (...all: string[]): [string, string] => [
    'name: "shop",',
    `name: "shop", projects: [${all.join(", ")}],`,
  ];
  const front = '{ name: "front", services: ["nginx", "api"], after: ["database"] }';
  const back = '{ name: "back", services: ["orders", "database", "queue"] }';
  assert.deepEqual(await changed(projects(back, front)), []);
  assert.deepEqual(await changed(projects(front, back)), [
    'system.projects.front.after: must be services of projects that stand before it, none, got "database"',
  ]);
  assert.deepEqual(
    await changed(projects('{ name: "back", services: ["orders", "database", "api"] }', front)),
    [
      'system.projects: must hold each service once, got "api" 2 times',
      'system.projects: must hold each service once, got "queue" 0 times',
    ],
  );
});

test("refuses what a job mounts of a service that settings may leave out", async () => {
  const optional: [string, string] = ['queue: "orders",', 'queue: "orders", optional: true,'];
  const job =
    'jobs: { clean: { of: "api", command: ["true"], only: [{ volume: "uploads", target: "/uploads" }] },';
  const volume = 'volumes: { uploads: { keeps: "data", of: "orders" } },\n  queues:';
  assert.deepEqual(await changed(optional, ["jobs: {", job], ["queues:", volume]), [
    'system.jobs.clean.only: must be volumes of services that are always there, got "uploads" of "orders"',
  ]);
});

test("refuses names that two resources would have", async () => {
  const second = 'jobs: { "api-migration-files": { of: "api", command: ["true"] },';
  assert.deepEqual(await changed(["jobs: {", second]), [
    'system.jobs.api-migration-files: must not be the name of what belongs to job "api-migration", got "api-migration-files"',
  ]);
  const secrets = "port: 8000, generated: { KEY: { length: 32 }, key: { length: 32 } },";
  assert.deepEqual(await changed(["port: 8000,", secrets]), [
    'system.services.api.generated.key: must differ from the others in more than capitals, got "key"',
  ]);
  assert.deepEqual(await changed(["orders: worker(", "constructor: worker("]), [
    'system.services.constructor: must not be a word of JavaScript, got "constructor"',
  ]);
});

const references: [what: string, change: [string, string], problem: string][] = [
  [
    "two databases of one service, where each takes the other's place",
    [
      "queue: redis({ cpus: 0.25, memory: 64 }),",
      "queue: redis({ cpus: 0.25, memory: 64 }), cache: redis({ cpus: 0.25, memory: 64 }),",
    ],
    "",
  ],
  [
    "a queue in what is no Redis",
    ['in: "queue"', 'in: "database"'],
    'system.queues.orders.in: must be a Redis, got "database"',
  ],
  [
    "a job of a database",
    ['of: "api"', 'of: "database"'],
    'system.jobs.api-migration.of: must be an application, got "database"',
  ],
  [
    "the use of a worker",
    ['after: ["api-migration"],', 'after: ["api-migration"], uses: ["orders"],'],
    'system.services.api.uses: must be stores, or services that answer HTTP, got "orders"',
  ],
  [
    "a service that uses itself",
    ['after: ["api-migration"],', 'after: ["api-migration"], uses: ["api"],'],
    'system.services.api.uses: must be other services, got "api"',
  ],
  [
    "two proxies for the public",
    [
      "orders: worker(",
      'edge: proxy({ cpus: 1, memory: 64, public: { routes: [{ path: "/", to: "api" }] } }),\n    orders: worker(',
    ],
    'system.services: must have one proxy with public at most, got "nginx" and "edge"',
  ],
];

for (const [what, change, problem] of references) {
  test(`${problem === "" ? "takes" : "refuses"} ${what}`, async () => {
    assert.deepEqual(await changed(change), problem === "" ? [] : [problem]);
  });
}

test("refuses two stores of a kind for one service: each gives the same variable", async () => {
  const two = "cache: redis({ cpus: 0.25, memory: 64 }),\n    queue: redis(";
  assert.deepEqual(
    await changed(["queue: redis(", two], ['uses: ["database", "queue"]', 'uses: ["queue", "cache"]']),
    [
      ...["api", "orders"].map(
        (name) =>
          `system.services.${name}.uses: must name one redis at most, for each gives REDIS_URL_FILE, got "queue" and "cache"`,
      ),
    ],
  );
});

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

for (const [old, replacement, problem] of shapes) {
  test(`refuses ${problem}`, async () => {
    const problems = await changed([old, replacement]);
    assert.ok(problems.includes(problem), problems.join("\n") || "taken");
  });
}

test("the file that docs/your-own-system.md prints is a system", async () => {
  const page = await readFile(join(import.meta.dirname, "../../../docs/your-own-system.md"), "utf8");
  const [, printed] = /```ts\n(import[^]*?)```/.exec(page) ?? [];
  assert.ok(printed?.includes("defineSystem"), "the page must print one");
  assert.deepEqual(await problemsOf(printed), []);
});
