import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { test, vi } from "vitest";
import { parseSettings, settingsFrom } from "../../settings.ts";
import { buildStack } from "../../stack/stack.ts";
import { defineSystem, proxy, web } from "../../systems/define.ts";
import { imageConfig } from "../../toolchain/images/config.ts";
import { long, longShop } from "../tools/longNames.ts";
import { runProgram } from "./harness.ts";
import { laptop } from "./localStack.ts";

const file = join(import.meta.dirname, "../../examples/shop/shop.ts");

async function shop(config: object = {}) {
  const settings = await settingsFrom({ system: file, ...config }, "/");
  return runProgram(() => buildStack(settings, laptop(undefined, [], ["acme/api:1"])), { stack: "dev" });
}

test("a system of somebody's own is built as Berth's are", async () => {
  const graph = await shop();
  assert.deepEqual(graph.orphans(), []);
  assert.equal(graph.the("berth:systems:Shop").name, "shop");
  assert.deepEqual(
    graph.ofType("berth:services:WebService").map(({ name }) => name),
    ["api"],
  );
  assert.deepEqual(
    graph.ofType("berth:services:ApplicationJob").map(({ name }) => name),
    ["api-migration"],
  );
  assert.deepEqual(graph.outputs.endpoints, { api: "http://api:8000" });
  const containers = graph.ofType("docker:index/container:Container");
  const published = containers.filter(({ inputs }) => Array.isArray(inputs.ports) && inputs.ports.length > 0);
  assert.deepEqual(
    published.map(({ name }) => name),
    ["nginx"],
  );
});

test("an image that settings name beside none of the file's leaves its jobs out, and says so", async () => {
  const warn = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
  const planned = async (config: object) => {
    warn.mockClear();
    const graph = await shop({ images: { api: "acme/api:1" }, ...config });
    const lines = warn.mock.calls.map(([line]) => line).filter((line) => line.includes("api-migration"));
    return [graph.ofType("berth:services:ApplicationJob").map(({ name }) => name), lines];
  };
  const left =
    "images.api: its own process runs, without api-migration of the system; override.api.process: system runs both as the system says";
  assert.deepEqual(await planned({}), [[], [left]]);
  assert.deepEqual(await planned({ override: { api: { process: "system" } } }), [["api-migration"], []]);
  assert.deepEqual(await planned({ jobs: { api: { migrate: ["migrate"] } } }), [["api-migration"], []]);
});

test("a release of the image that its file names has the file's command, job, user and health check", async () => {
  const [first, second] = ["registry.example/api:1", "registry.example/api:2"];
  const mine = defineSystem({
    ...{ name: "mine", network: "mine" },
    services: {
      nginx: proxy({ cpus: 1, memory: 64, public: { routes: [{ path: "/", to: "api" }] } }),
      api: web({
        cpus: 1,
        memory: 64,
        port: 8000,
        image: first,
        user: "1000:1000",
        health: "/up",
        command: ["serve", "--all"],
      }),
    },
    jobs: { "api-migration": { of: "api", command: ["migrate"], does: "migrate" } },
    pages: { application: "/" },
  });
  const config = imageConfig({ User: "1001:1002", Healthcheck: { Test: ["CMD", "/probe"] } });
  const looked = new Map([[second, { config }]]);
  const build = (images: object) => {
    const settings = parseSettings({ system: "./mine.ts", images }, mine);
    return runProgram(() => buildStack(settings, { ...laptop(undefined, [], [first, second]), looked }));
  };
  const container = async (images: object) => {
    const graph = await build(images);
    const jobs = graph.ofType("berth:services:ApplicationJob").map(({ name }) => name);
    const { image, command, user, healthcheck } = graph.the(
      "docker:index/container:Container",
      "api-1",
    ).inputs;
    return { jobs, image, command, user, tests: JSON.stringify(healthcheck) };
  };
  const before = await container({});
  const image = (before.image as string).replace(":1", ":2");
  assert.deepEqual(await container({ api: second }), { ...before, image });
  assert.equal(before.user, "1000:1000");
  assert.deepEqual([before.jobs, before.command], [["api-migration"], ["serve", "--all"]]);
  assert.match(before.tests, /8000\/up/);
});

test("it is watched by one setting, its database and proxy included", async () => {
  const graph = await shop({ monitoring: true });
  const exporters = graph.ofType("berth:monitoring:Exporter").map(({ name }) => name);
  const own = ["nginx-exporter", "postgres-exporter", "redis-exporter"];
  assert.deepEqual(exporters.sort(), ["cadvisor", "node-exporter", ...own].sort());
});

test("names of 63 letters are built, monitored too, and the proxy knows replicas by names that DNS takes", async () => {
  const folder = await mkdtemp(join(tmpdir(), "berth-long-"));
  try {
    const settings = await settingsFrom({ system: await longShop(folder), monitoring: true }, "/");
    const graph = await runProgram(() => buildStack(settings, laptop(undefined, [], ["acme/api:1"])), {
      stack: "dev",
    });
    assert.deepEqual(graph.orphans(), []);
    const containers = graph.ofType("docker:index/container:Container");
    const aliases = containers.flatMap(({ inputs }) =>
      ((inputs.networksAdvanced ?? []) as { aliases?: string[] }[]).flatMap((each) => each.aliases ?? []),
    );
    assert.ok(aliases.includes(long("database")));
    assert.deepEqual(
      aliases.filter((alias) => alias.length > 63),
      [],
    );
    const texts = containers.flatMap(({ inputs }) => (inputs.uploads ?? []) as { content?: string }[]);
    const servers = texts.flatMap(({ content = "" }) =>
      [...content.matchAll(/^ +server ([^\s:]+):\d+/gm)].map(([, name = ""]) => name),
    );
    assert.ok(servers.length > 0);
    assert.deepEqual(
      servers.filter((name) => name.length > 63),
      [],
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("its database may be somebody else's", async () => {
  const external = { database: "postgresql://shop:secret@db.example.org/shop" };
  const graph = await shop({ external });
  assert.deepEqual(graph.ofType("berth:services:Postgres"), []);
  const files = graph.the("docker:index/container:Container", "api-files").inputs.uploads;
  assert.ok(JSON.stringify(files).includes(external.database));
});
