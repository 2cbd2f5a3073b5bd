import assert from "node:assert/strict";
import { test } from "vitest";
import type { ContainerSpec } from "../../components/containers/containerSpec.ts";
import { boundTo, swarmArgs, type SwarmPlan } from "../../components/containers/swarmSpec.ts";

const spec: ContainerSpec = {
  image: "sha256:abc",
  user: "1000:1001",
  command: ["serve"],
  environment: { B: "2", A: "1" },
  networks: [{ network: "shop", id: "n1", aliases: ["api"] }],
  limits: { cpus: 0.5, memory: 256 },
  graceSeconds: 90,
  health: { test: ["CMD", "true"], startSeconds: 120 },
  spread: [{ path: "/etc/berth/key", id: "s1", name: "key-1" }],
};
const plan = {
  replicas: 2,
  where: ["stack", "prod"] as const,
  machines: 3,
  logDriver: "local",
  logOpts: { "max-size": "10m" },
  labels: [],
  taskLabels: [],
  scratchLabels: [{ label: "berth.role", value: "scratch" }],
};

test("a spec is rendered as a service, whole", () => {
  assert.deepEqual(swarmArgs(spec, plan), {
    labels: [],
    mode: { replicated: { replicas: 2 } },
    endpointSpec: { mode: "dnsrr" },
    taskSpec: {
      containerSpec: {
        image: "sha256:abc",
        user: "1000:1001",
        commands: undefined,
        args: ["serve"],
        dir: undefined,
        env: { B: "2", A: "1", BERTH_MACHINES: "3" },
        mounts: [
          {
            type: "tmpfs",
            target: "/tmp",
            readOnly: false,
            tmpfsOptions: { sizeBytes: 67108864 },
          },
        ],
        secrets: [
          {
            ...{ secretId: "s1", secretName: "key-1", fileName: "/etc/berth/key" },
            ...{ fileUid: "1000", fileGid: "1001", fileMode: 0o400 },
          },
        ],
        capDrops: ["ALL"],
        readOnly: true,
        init: true,
        healthcheck: {
          tests: ["CMD", "true"],
          interval: "3.8s",
          timeout: "5s",
          startPeriod: "2m",
          retries: 3,
        },
        stopSignal: undefined,
        stopGracePeriod: "1m30s",
        labels: [],
      },
      networksAdvanceds: [{ id: "n1", aliases: ["api"] }],
      resources: {
        limits: { memoryBytes: 268435456, nanoCpus: 500000000 },
        reservation: { memoryBytes: 134217728 },
      },
      placement: { constraints: ["node.labels.berth.stack==prod"] },
      restartPolicy: { condition: "any", delay: "5s", maxAttempts: 0, window: "0s" },
      logDriver: { name: "local", options: { "max-size": "10m" } },
    },
    updateConfig: {
      ...{ parallelism: 1, order: "start-first", monitor: "5s", delay: "0s", maxFailureRatio: "0.5" },
      failureAction: "rollback",
    },
    rollbackConfig: {
      ...{ parallelism: 1, order: "start-first", monitor: "5s", delay: "0s", maxFailureRatio: "0.0" },
      failureAction: "pause",
    },
    convergeConfig: { delay: "1s", timeout: "10m" },
  });
});

test("what one machine alone has is named, and refused", () => {
  const bound: Partial<ContainerSpec> = {
    mounts: [{ target: "/data", volume: "data" }],
    ports: [{ ip: "0.0.0.0", host: 80, inside: 80 }],
    gpus: "all",
    devices: ["/dev/video0"],
    pidMode: "container:abc",
    sharedMemory: 128,
  };
  assert.deepEqual(boundTo(spec), []);
  for (const [key, value] of Object.entries(bound)) {
    const [reason = ""] = boundTo({ ...spec, [key]: value as never });
    assert.notEqual(reason, "", key);
    assert.throws(() => swarmArgs({ ...spec, [key]: value as never }, plan), {
      message: `a service of a swarm must run on any machine, got ${reason}`,
    });
  }
});

test("one container may fail at its start, and a second failure takes all back, however many there are", () => {
  for (let replicas = 1; replicas <= 19; replicas++) {
    const { updateConfig } = swarmArgs(spec, { ...plan, replicas }) as {
      updateConfig: { maxFailureRatio: string };
    };
    // As managers compare it, in single precision; the provider reads it back with one decimal.
    const most = Math.fround(Number(updateConfig.maxFailureRatio));
    assert.match(updateConfig.maxFailureRatio, /^\d\.\d$/);
    assert.equal(Math.fround(1 / replicas) > most, false, `one of ${replicas}`);
    assert.equal(Math.fround(2 / replicas) > most, true, `two of ${replicas}`);
  }
});

test("a volume that each machine has is mounted, for reading alone", () => {
  const mounts = [{ target: "/run/berth-probe", volume: "probe-1", everywhere: true }];
  const { taskSpec } = swarmArgs({ ...spec, mounts }, plan) as {
    taskSpec: { containerSpec: { mounts: object[] } };
  };
  assert.deepEqual(taskSpec.containerSpec.mounts[0], {
    ...{ type: "volume", source: "probe-1", target: "/run/berth-probe", readOnly: true },
  });
});

test("a folder in memory whose programs may run is a volume in memory of the container's own", () => {
  const tmpfs = { "/cache": "rw,exec,nosuid,nodev,size=64m,uid=101,gid=101,mode=0700" };
  const { taskSpec } = swarmArgs({ ...spec, tmpfs }, plan) as {
    taskSpec: { containerSpec: { mounts: object[] } };
  };
  const o = "nosuid,nodev,size=64m,uid=101,gid=101,mode=0700";
  assert.deepEqual(taskSpec.containerSpec.mounts, [
    {
      ...{ type: "volume", target: "/cache", readOnly: false },
      volumeOptions: {
        driverName: "local",
        driverOptions: { type: "tmpfs", device: "tmpfs", o },
        noCopy: true,
        labels: plan.scratchLabels,
      },
    },
  ]);
});

test("what is placed says where, so that managers make it anew by another place or none", () => {
  const variables = (where: SwarmPlan["where"]) =>
    (swarmArgs(spec, { ...plan, where }).taskSpec as { containerSpec: { env: Record<string, string> } })
      .containerSpec.env;
  assert.equal(variables(["machine", "two"]).BERTH_MACHINE, "two");
  assert.ok(!("BERTH_MACHINE" in variables(["stack", "prod"])));
});
