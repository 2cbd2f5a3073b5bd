import assert from "node:assert/strict";
import { test } from "vitest";
import { stackOn } from "./anyStack.ts";
import type { Graph, Registered } from "./harness.ts";
import { hostKey } from "./cloudSettings.ts";
import { localStack } from "./localStack.ts";

const containerType = "docker:index/container:Container";
const volumeType = "docker:index/volume:Volume";

function mountAt({ inputs }: Registered, target: string): Record<string, unknown> | undefined {
  return (inputs.mounts as Record<string, unknown>[]).find((mount) => mount.target === target);
}

/** How the engine is told to keep a volume, and whose it is. */
function kept(graph: Graph, name: string) {
  const { options, inputs } = graph.the(volumeType, name);
  const labels = inputs.labels as { label: string; value: string }[];
  const role = labels.find(({ label }) => label === "berth.role")?.value;
  return { name: inputs.name, role, protect: options.protect, retain: options.retainOnDelete };
}

const volumes = { backend: { data: "/app/data" } };

test("a volume of the owner's is kept as data, belongs to the service's user and is writable", async () => {
  const graph = await localStack({ system: "loc8", volumes, override: { backend: { user: "1234:99" } } });
  assert.deepEqual(kept(graph, "backend-data"), {
    name: "dev-backend-data",
    role: "data",
    protect: true,
    retain: true,
  });
  const mount = mountAt(graph.the(containerType, "backend-1"), "/app/data");
  assert.deepEqual(
    { type: mount?.type, source: mount?.source, readOnly: mount?.readOnly },
    { type: "volume", source: "dev-backend-data", readOnly: false },
  );
  const [folder] = graph.the(containerType, "backend-data-owner").inputs.uploads as Record<string, unknown>[];
  assert.deepEqual([folder?.owner, folder?.group, folder?.permissions], ["1234", "99", "0700"]);
});

test("its one writer has stopped before the next one starts, and other services' releases drop nothing", async () => {
  const graph = await localStack({ system: "loc8", volumes });
  const first = (name: string) => graph.the(containerType, name).options.deleteBeforeReplace;
  assert.deepEqual(
    ["backend-1", "frontend-1"].map((name) => first(name)),
    [true, false],
  );
  assert.equal(
    graph.ofType(containerType).some(({ name }) => name === "backend-2"),
    false,
  );
});

test("jobs of the service have it too", async () => {
  const graph = await localStack({ system: "arv", volumes: { app: { data: "/app/data" } } });
  assert.equal(mountAt(graph.the(containerType, "app-migration"), "/app/data")?.source, "dev-app-data");
});

test("a system that keeps data in folders keeps it in one, below the root of all data", async () => {
  const config = { system: "vru", dataRoot: "/srv/vru", volumes: { "api-gateway": { data: "/app/data" } } };
  const graph = await localStack(config);
  const mount = mountAt(graph.the(containerType, "api-gateway-1"), "/app/data");
  assert.deepEqual(
    { type: mount?.type, source: mount?.source, readOnly: mount?.readOnly },
    { type: "bind", source: "/srv/vru/api-gateway-data", readOnly: false },
  );
});

test("it is on the machine on which its service was placed", async () => {
  const gpu = {
    ...{ address: "ops@203.0.113.31", hostKey, privateAddress: "10.0.0.5" },
    capacity: { cpus: 8, memory: 16384, gpus: 0 },
  };
  const config = {
    host: { privateAddress: "10.0.0.4" },
    hosts: { gpu },
    placement: { backend: "gpu" },
    volumes,
  };
  const graph = await stackOn("existing", "loc8", config);
  const { urn, name } = graph.the("pulumi:providers:docker", "gpu");
  const provider = `${urn}::${name}-id`;
  assert.equal(graph.the(volumeType, "backend-data").options.provider, provider);
  assert.equal(graph.the(containerType, "backend-data-owner").options.provider, provider);
  assert.equal(graph.the(containerType, "backend-1").options.provider, provider);
});
