import assert from "node:assert/strict";
import { test } from "vitest";
import { Exporter } from "../../services/monitoring/exporter.ts";
import { exporterRow } from "../../services/monitoring/definition.ts";
import { parseSettings } from "../../settings.ts";
import { buildStack } from "../../stack/stack.ts";
import { redis, type SystemDefinition } from "../../systems/define.ts";
import { systems } from "../../systems/index.ts";
import { runProgram } from "./harness.ts";
import { laptop } from "./localStack.ts";

const containerType = "docker:index/container:Container";
const sizes = { cpus: 0.5, memory: 128 };

/** LOC8 with more services, monitored. */
async function watched(services: SystemDefinition["services"]) {
  const settings = parseSettings({ system: "loc8", monitoring: true });
  const definition: SystemDefinition = systems.loc8;
  const all = { ...definition.services, ...services };
  const own = Object.fromEntries(
    Object.entries(all).map(([name, row]) => [
      name,
      settings.services[name] ?? { ...settings.services.redis, name, image: row.image },
    ]),
  );
  const exporters = Object.fromEntries(
    ["counter-exporter", "redis-exporter"].map((name) => [
      name,
      { ...settings.services["redis-exporter"], name },
    ]),
  );
  const wanted = {
    ...settings,
    definition: { ...definition, services: all },
    services: { ...settings.services, ...own, ...exporters },
  } as typeof settings;
  return await runProgram(() => buildStack(wanted, laptop()), { stack: "dev" });
}

/** A kind that nobody in `services/monitoring` has heard of. */
const counter = {
  ...redis(sizes),
  kind: "counter",
  exporter: { row: { ...exporterRow, image: "redis:7", port: 9999 } },
  build: ({ exporter }) =>
    Promise.resolve({
      watched: {
        exporters: [
          (place, parent) =>
            exporter && new Exporter(exporter.name, { ...place, service: exporter }, { parent }),
        ],
      },
    }),
} satisfies SystemDefinition["services"][string];

test("a kind of service that monitoring doesn't know brings its own exporter, and Prometheus asks it", async () => {
  const graph = await watched({ counter });
  const exporter = graph.the("berth:monitoring:Exporter", "counter-exporter");
  assert.equal(graph.parents(exporter)[0]?.type, "berth:monitoring:Monitoring");
  assert.match(JSON.stringify(graph.resources.map(({ inputs }) => inputs)), /counter-exporter:9121/);
});

test("of two services whose exporter has one name it is the first one's", async () => {
  const graph = await watched({ second: redis(sizes) });
  const words = graph.the(containerType, "redis-exporter").inputs.command as string[];
  assert.deepEqual(
    words.filter((word) => word.startsWith("--redis.addr")),
    ["--redis.addr=redis://redis:6379"],
  );
  assert.equal(
    graph.ofType("berth:monitoring:Exporter").filter(({ name }) => name === "redis-exporter").length,
    1,
  );
});

test("a service without an exporter where nothing is monitored makes none", async () => {
  const settings = parseSettings({ system: "loc8" });
  const graph = await runProgram(() => buildStack(settings, laptop()), { stack: "dev" });
  assert.deepEqual(graph.ofType("berth:monitoring:Exporter"), []);
});
