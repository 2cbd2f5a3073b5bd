import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "vitest";
import type { SystemDefinition } from "../../../systems/define.ts";
import { systems } from "../../../systems/index.ts";
import { mistakesIn } from "../../../systems/mistakes/index.ts";
import { changed, problemsOf, shop } from "./ownRig.ts";

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

test("the systems that come with Berth, and the shop, have no mistakes", async () => {
  for (const system of Object.values<SystemDefinition>(systems)) assert.deepEqual(mistakesIn(system), []);
  assert.deepEqual(await changed(), []);
});

const shape = 'must be lower-case letters, digits, "-" and "_", at most 63, beginning with a letter';

test.each([
  ["Orders", `${shape}, got "Orders"`],
  ["orders service", `${shape}, got "orders service"`],
  ["o".repeat(64), `${shape}, got "${"o".repeat(64)}"`],
  ["grafana", 'must not be the name of a part of the monitoring, got "grafana"'],
  ["postgres-exporter", 'must not be the name of a part of the monitoring, got "postgres-exporter"'],
  ["certificates", 'must not be the name of what gets certificates, got "certificates"'],
  [
    "certificates-data-owner",
    'must not be the name of what gets certificates, got "certificates-data-owner"',
  ],
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

test("refuses a job that is to fill what keeps data, and one that isn't there", () => {
  const { volumes = {} } = systems.docsai;
  const { media, static: collected } = volumes;
  assert.ok(media !== undefined && collected !== undefined);
  const changed = (change: SystemDefinition["volumes"]): string[] =>
    mistakesIn({ ...systems.docsai, volumes: { ...volumes, ...change } });
  assert.deepEqual(changed({ media: { ...media, filledBy: "app-static" } }), [
    'system.volumes.media.filledBy: must be of a volume that is shared, got "data"',
  ]);
  const { "app-sockets": sockets } = volumes;
  assert.ok(sockets !== undefined);
  assert.deepEqual(changed({ "app-sockets": { ...sockets, filledBy: "app-static" } }), [
    'system.volumes.app-sockets.filledBy: must be a job that may write into it, got "app-static"',
  ]);
  assert.deepEqual(changed({ static: { ...collected, filledBy: "app-statics" } }), [
    'system.volumes.static.filledBy: must be one of its jobs, app-check, app-migration, app-static, got "app-statics"',
  ]);
});

test("refuses a bucket for what is no data, of what answers no HTTP, and beside another", () => {
  const docsai: SystemDefinition = systems.docsai;
  const changed = (change: Partial<SystemDefinition>): string[] => mistakesIn({ ...docsai, ...change });
  const { volumes = {}, services } = docsai;
  const { media, static: collected } = volumes;
  assert.ok(media !== undefined && collected !== undefined);
  assert.deepEqual(changed({ volumes: { ...volumes, static: { ...collected, bucket: true } } }), [
    'system.volumes.static.bucket: must be of a volume that keeps data, got "shared"',
    'system.services.app: must have one bucket at most, for each gives S3_ENDPOINT, got "static" and "media"',
  ]);
  assert.deepEqual(changed({ volumes: { ...volumes, media: { ...media, of: "nginx" } } }), [
    'system.volumes.media.bucket: must be of a service that answers HTTP, got "nginx"',
  ]);
  const { minio } = systems.arv.services;
  const { app } = services;
  assert.ok(minio !== undefined && app !== undefined);
  assert.deepEqual(
    changed({ services: { ...services, minio, app: { ...app, uses: ["postgres", "minio"] } } }),
    [
      'system.services.app: must have one bucket at most, for each gives S3_ENDPOINT, got "minio" and "media"',
    ],
  );
});
