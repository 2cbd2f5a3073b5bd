import assert from "node:assert/strict";
import { test } from "vitest";
import * as berth from "../../exports/components.ts";
import { runProgram, type Graph } from "./harness.ts";

const image = "registry.example/any:1";
const limits = { cpus: 1, memory: 256 };
const engine = {
  id: "engine",
  version: "28.0.0",
  capacity: { cpus: 8, memory: 16384, gpus: 0 },
  images: new Map([[image, "sha256:any"]]),
};

/** What each component is made with beside its override. */
function given() {
  const host = new berth.LocalHost("local", { engine });
  const find = berth.localImages(engine.images, host);
  const scope: berth.Scope = {
    system: "shop",
    stack: "test",
    host,
    image: find,
    filesImage: find(image),
    protectData: true,
  };
  const network = new berth.Network("shop", { scope });
  const service = berth.serviceSettings("any", { image, user: "1000:1000", limits, port: 8000, replicas: 2 });
  const spec: berth.ContainerSpec = {
    image: find(image),
    user: "1000:1000",
    networks: [{ network: network.networkName }],
    limits,
    graceSeconds: 10,
  };
  return { common: { scope, network, service }, scope, spec, health: berth.httpHealth(8000, "/") };
}

/** Makes one component of each kind that runs containers, with this override. */
const makers: Record<string, (override?: berth.ContainerOverride) => void> = {
  StatefulService(override) {
    const { scope, spec } = given();
    new berth.StatefulService("any", { scope, spec, override });
  },
  ReplicatedService(override) {
    const { scope, spec } = given();
    new berth.ReplicatedService("any", { scope, spec, replicas: 2, override });
  },
  Job(override) {
    const { scope, spec } = given();
    new berth.Job("any", { scope, spec, service: "api", override });
  },
  ApplicationJob(override) {
    new berth.ApplicationJob("any", { ...given().common, command: ["true"], override });
  },
  WebService(override) {
    new berth.WebService("any", { ...given().common, migration: ["true"], override });
  },
  Worker(override) {
    const { common, health } = given();
    new berth.Worker("any", { ...common, health, override });
  },
  Scheduler(override) {
    const { common, health } = given();
    new berth.Scheduler("any", { ...common, health, override });
  },
  Postgres(override) {
    new berth.Postgres("any", {
      ...given().common,
      database: "shop",
      role: "shop",
      confFile: true,
      override,
    });
  },
  Redis(override) {
    new berth.Redis("any", { ...given().common, override });
  },
  ObjectStore(override) {
    const { common } = given();
    new berth.ObjectStore("any", { ...common, bucket: "uploads", client: common.service, override });
  },
  Nginx(override) {
    const publicListener: berth.PublicListener = {
      routes: [{ path: "/", to: { redirect: "/shop" } }],
    };
    new berth.Nginx("any", { ...given().common, answersFor: [], publicListener, override });
  },
  Exporter(override) {
    new berth.Exporter("any", { ...given().common, override });
  },
  Alertmanager(override) {
    new berth.Alertmanager("any", { ...given().common, webhook: "https://alerts.example", override });
  },
  Grafana(override) {
    const { common } = given();
    new berth.Grafana("any", {
      ...common,
      prometheus: "http://prometheus:9090",
      path: "/grafana/",
      override,
    });
  },
  Prometheus(override) {
    const facts = "facts";
    const rules = berth.alertsYml();
    new berth.Prometheus("any", {
      ...given().common,
      jobs: [],
      watched: [],
      containers: [],
      rules,
      facts,
      override,
    });
  },
};

function run(maker: string, override?: berth.ContainerOverride): Promise<Graph> {
  return runProgram(() => makers[maker]?.(override));
}

function containers(graph: Graph) {
  const all = graph.resources.filter(({ type }) => type === "docker:index/container:Container");
  return new Map(all.map(({ name, inputs }) => [name, inputs]));
}

/** Of a component's containers those that are the service itself. */
const own = (name: string): boolean => /^any(-\d)?$/.test(name);

test.each(Object.keys(makers))("an override of %s reaches its own containers and no other", async (maker) => {
  const [before, after] = [containers(await run(maker)), containers(await run(maker, { shmSize: 512 }))];
  assert.deepEqual([...after.keys()], [...before.keys()]);
  const changed = [...after].filter(([, inputs]) => inputs.shmSize === 512).map(([name]) => name);
  assert.deepEqual(changed, [...after.keys()].filter(own));
  assert.ok(changed.length > 0);
});

test("a container without a network reaches nobody, unless its override names one", async () => {
  const job = async (override?: berth.ContainerOverride) => {
    const graph = await runProgram(() => {
      const { scope, spec } = given();
      const names = { elsewhere: "203.0.113.5" };
      new berth.Job("any", { scope, spec: { ...spec, networks: [], names }, service: "api", override });
    });
    const { networkMode, networksAdvanced, hosts } = containers(graph).get("any") ?? {};
    return { networkMode, networksAdvanced, hosts };
  };
  assert.deepEqual(await job(), { networkMode: "none", networksAdvanced: undefined, hosts: undefined });
  const networksAdvanced = [{ name: "other" }];
  // Docker adds no network to a container that is to have none.
  assert.deepEqual(await job({ networksAdvanced }), {
    networkMode: undefined,
    networksAdvanced,
    hosts: undefined,
  });
});

test("an override is merged last, and labels are added", async () => {
  const before = containers(await run("StatefulService")).get("any");
  const override = { logDriver: "journald", logOpts: {}, dns: ["203.0.113.53"], readOnly: false };
  const label = { label: "traefik.enable", value: "true" };
  const after = containers(await run("StatefulService", { ...override, labels: [label] })).get("any");
  const { labels: kept, ...rest } = before as { labels: { label: string; value: string }[] };
  const { labels: all, ...others } = after as { labels: { label: string; value: string }[] };
  assert.deepEqual(others, { ...rest, ...override });
  assert.deepEqual(all.slice(0, -2), kept.slice(0, -1));
  assert.deepEqual(all.at(-1), label);
  assert.notEqual(
    all.at(-2)?.value,
    kept.at(-1)?.value,
    "berth.hash has to say that the container is another",
  );
});

test("what an override leaves undefined stays as it is", async () => {
  const [before, after] = [await run("Redis"), await run("Redis", { shmSize: undefined })];
  assert.deepEqual(containers(after), containers(before));
});

const refused: [key: string, value: unknown, got: string][] = [
  ["name", "db", '"db"'],
  ["hostname", "db", '"db"'],
  ["image", "postgres:17", '"postgres:17"'],
  ["start", false, "false"],
  ["mustRun", false, "false"],
  ["wait", false, "false"],
  ["attach", true, "true"],
  ["logs", true, "true"],
  ["rm", true, "true"],
];

test.each(refused)("an override can't say %s", async (key, value, got) => {
  const override: berth.ContainerOverride = { [key]: value };
  await assert.rejects(run("Postgres", override), {
    name: "PlainError",
    message: `any.override.${key}: must be left to the component, got ${got}`,
  });
});

test.each(Object.keys(makers))("an override that %s refuses is named by the component", async (maker) => {
  await assert.rejects(run(maker, Object.fromEntries([["name", "db"]])), {
    message: 'any.override.name: must be left to the component, got "db"',
  });
});

test("a job runs once, whatever its override says", async () => {
  await assert.rejects(run("Job", { restart: "always" }), {
    message: 'any.override.restart: must be left to the component, got "always"',
  });
  assert.equal(containers(await run("StatefulService", { restart: "always" })).get("any")?.restart, "always");
});

test.each(["system", "stack", "service", "role", "hash"])(
  "an override can't say the label berth.%s, by which things are found",
  async (key) => {
    const override = { labels: [{ label: `berth.${key}`, value: "mine" }] };
    await assert.rejects(run("Redis", override), {
      message: `any.override.labels: must not begin with "berth.", got "berth.${key}"`,
    });
  },
);

test("everything wrong with an override is reported at once", async () => {
  const labels = [{ label: "berth.stack", value: "mine" }];
  const override: berth.ContainerOverride = { ...{ name: "db" }, labels };
  await assert.rejects(run("Redis", override), {
    message:
      'any.override.name: must be left to the component, got "db"\n' +
      'any.override.labels: must not begin with "berth.", got "berth.stack"',
  });
});
