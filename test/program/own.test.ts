import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "vitest";
import { settingsFrom } from "../../settings.ts";
import { buildStack } from "../../stack/stack.ts";
import { long, longShop } from "../tools/longNames.ts";
import { runProgram } from "./harness.ts";
import { laptop } from "./localStack.ts";

const file = join(import.meta.dirname, "../../examples/shop/shop.ts");

async function shop(config: object = {}) {
  const settings = await settingsFrom({ system: file, ...config }, "/");
  return runProgram(() => buildStack(settings, laptop()), { stack: "dev" });
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
    const graph = await runProgram(() => buildStack(settings, laptop()), { stack: "dev" });
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
