import assert from "node:assert/strict";
import { test } from "vitest";
import { probeImage } from "../../components/containers/probeHealth.ts";
import { imagesOf } from "../../stack/imagesOf.ts";
import { parseSettings } from "../../settings.ts";
import { laptop, localStack } from "./localStack.ts";
import type { Graph } from "./harness.ts";

const without = { optional: { postgres: false, redis: false }, replicas: { backend: 2 } };

function stack(override: Record<string, unknown>): Promise<Graph> {
  return localStack({ system: "loc8", ...without, override });
}

function containers(graph: Graph) {
  const all = graph.resources.filter(({ type }) => type === "docker:index/container:Container");
  return new Map(all.map(({ name, inputs }) => [name, inputs]));
}

test("one volume of a machine holds the probe, for all that it asks and for nothing else", async () => {
  const graph = await stack({ backend: { health: "tcp" }, frontend: { health: "/" } });
  const probes = graph.resources.filter(({ name }) => name === "probe").map(({ type }) => type);
  assert.deepEqual(probes.sort(), ["docker:index/container:Container", "docker:index/volume:Volume"]);
  const mounting = [...containers(graph)].filter(([, { mounts }]) =>
    (mounts as { target: string }[]).some(({ target }) => target === "/run/berth-probe"),
  );
  assert.deepEqual(mounting.map(([name]) => name).sort(), ["backend-1", "backend-2", "frontend-1"]);
});

test("a stack that is asked by the system's own ways has no probe, and no image of it", async () => {
  const graph = await stack({ backend: { healthCommand: ["true"] } });
  assert.deepEqual(
    graph.resources.filter(({ name }) => name.includes("probe")),
    [],
  );
  assert.deepEqual(imagesOf(parseSettings({ system: "loc8" })).includes(probeImage), false);
  const probed = parseSettings({ system: "loc8", override: { backend: { health: "http" } } });
  assert.deepEqual(imagesOf(probed).includes(probeImage), true);
});

test("the probe is got ready for an image that may be an owner's, and run for one that is", () => {
  const settings = parseSettings({ system: "attn", images: { attn_backend_api: "registry.example/api:1" } });
  const probed = (own?: boolean, candidates?: boolean) => {
    const { attn_backend_api: api, ...services } = settings.services;
    assert.ok(api);
    return imagesOf(
      { ...settings, services: { ...services, attn_backend_api: { ...api, own } } },
      candidates,
    ).includes(probeImage);
  };
  assert.deepEqual(
    [probed(undefined, true), probed(), probed(true), probed(false, true)],
    [true, false, true, false],
  );
  assert.equal(imagesOf(parseSettings({ system: "attn" }), true).includes(probeImage), false);
});

test("a stack isn't begun without the probe's image", async () => {
  const settings = { system: "loc8", ...without, override: { backend: { health: "tcp" } } };
  await assert.rejects(localStack(settings, laptop(undefined, [probeImage])), {
    message:
      'images: must be on this machine, got no "busybox:1.37-musl" here; run berth up, or docker pull it',
  });
});

test("health none is no check, waits for nothing, and is told to policies", async () => {
  const { healthcheck, wait, labels } =
    containers(await stack({ frontend: { health: "none" } })).get("frontend-1") ?? {};
  assert.deepEqual([(healthcheck as { tests: string[] }).tests, wait], [["NONE"], undefined]);
  const label = (labels as { label: string; value: string }[]).find(
    ({ label }) => label === "berth.loosened",
  );
  assert.deepEqual(label, { label: "berth.loosened", value: "health" });
});

test("what contains a service contains its jobs too, but for its start, its end and its health", async () => {
  const override = {
    ...{
      writable: ["/data"],
      readOnlyRoot: false,
      capabilities: ["CHOWN"],
      extraHosts: { ldap: "10.0.0.5" },
    },
    ...{ user: "1001:0", entrypoint: ["/run.sh"], shm: 128, stopSignal: "SIGINT", health: "none" },
  };
  const all = containers(await localStack({ system: "docsai", override: { app: override } }));
  const [service, job] = [all.get("app-1"), all.get("app-migration")];
  const shared = ["tmpfs", "readOnly", "capabilities", "hosts", "user"];
  const pick = (inputs: Record<string, unknown> | undefined, keys: string[]) =>
    Object.fromEntries(keys.map((key) => [key, inputs?.[key]]));
  const expected = {
    tmpfs: {
      "/data": "rw,exec,nosuid,nodev,size=64m,mode=1777,uid=1001,gid=0",
      "/tmp": "rw,noexec,nosuid,nodev,size=64m,mode=1777",
    },
    readOnly: false,
    capabilities: { drops: ["ALL"], adds: ["CAP_CHOWN"] },
    hosts: [{ host: "ldap", ip: "10.0.0.5" }],
    user: "1001:0",
  };
  assert.deepEqual([pick(service, shared), pick(job, shared)], [expected, expected]);
  const own = ["entrypoints", "shmSize", "stopSignal"];
  assert.deepEqual(pick(service, own), { entrypoints: ["/run.sh"], shmSize: 128, stopSignal: "SIGINT" });
  assert.deepEqual(pick(job, own), { entrypoints: undefined, shmSize: 64, stopSignal: undefined });
  const loosened = (inputs: Record<string, unknown> | undefined) =>
    (inputs?.labels as { label: string; value: string }[]).find(({ label }) => label === "berth.loosened")
      ?.value;
  assert.deepEqual(
    [loosened(service), loosened(job)],
    ["readOnlyRoot,capabilities,health", "readOnlyRoot,capabilities"],
  );
});
