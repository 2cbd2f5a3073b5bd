import type * as docker from "@pulumi/docker";
import type { Input } from "@pulumi/pulumi";
import { scratch, type ContainerSpec, type Mount, type SecretFile } from "./containerSpec.ts";
import { withSecretWords } from "./secretWords.ts";
import { defaultStartSeconds, goDuration, healthcheckArgs, type HealthCheck } from "./health.ts";

/** How a service runs on a swarm, beside what decides how each of its containers does. */
export interface SwarmPlan {
  replicas: number;
  /** Of the swarm. */
  machines: number;
  /** Label of the machines on which it may run, as joining gives it to them, and its value. */
  where: readonly [label: "machine" | "stack", value: string];
  logDriver: Input<string>;
  logOpts: Input<Record<string, Input<string>>>;
  labels: docker.types.input.ContainerLabel[];
  /** Of its containers: the provider makes the service anew for another, so none that changes from release to release. */
  taskLabels: docker.types.input.ContainerLabel[];
  /** Of volumes that Docker makes for one of its containers. */
  scratchLabels: docker.types.input.ContainerLabel[];
  /** Whether settings keep what it runs as a secret. @default false */
  secretWords?: boolean;
}

/** What no service of a swarm can have, or can't have the same on every machine; empty where it can run on any. */
export function boundTo(spec: ContainerSpec): string[] {
  const bonds: Record<string, boolean> = {
    "a volume or folder of its machine": (spec.mounts ?? []).some(({ everywhere }) => everywhere !== true),
    "a port of its machine": (spec.ports ?? []).length > 0,
    "a GPU": spec.gpus !== undefined,
    "a device": (spec.devices ?? []).length > 0,
    "processes of another container": spec.pidMode !== undefined,
    // Not in a task's spec.
    "shared memory of a size of its own": spec.sharedMemory !== undefined,
  };
  return Object.entries(bonds).flatMap(([what, holds]) => (holds ? [what] : []));
}

/**
 * The provider's arguments for the service of a swarm that runs a container on any machine, as hardened as
 * `containerArgs` has it. What a task's spec can't say, Docker's settings on the swarm's machines do: no new
 * privileges, and the limit of processes. New containers are healthy before old ones go, one after the other; where
 * one fails twice, all go back to what they were and the run fails.
 */
export function swarmArgs(spec: ContainerSpec, plan: SwarmPlan): docker.ServiceArgs {
  const bonds = boundTo(spec);
  if (bonds.length > 0)
    throw new Error(`a service of a swarm must run on any machine, got ${bonds.join(", ")}`);
  const startSeconds = spec.health?.startSeconds ?? defaultStartSeconds;
  const memory = spec.limits.memory * mebibyte;
  return {
    labels: plan.labels,
    mode: { replicated: { replicas: plan.replicas } },
    // Each container's own addresses, as the proxy balances itself; it needs no IPVS in the kernel either.
    endpointSpec: { mode: "dnsrr" },
    taskSpec: {
      containerSpec: withSecretWords(
        {
          image: spec.image,
          user: spec.user,
          commands: spec.entrypoint,
          args: spec.command,
          dir: spec.workingDir,
          // Managers move nothing to a machine that came. Of a service that says another thing they make all containers anew.
          env: {
            ...spec.environment,
            [machinesVariable]: String(plan.machines),
            // Nor away from one where it no longer has to be.
            ...(plan.where[0] === "machine" && { [machineVariable]: plan.where[1] }),
          },
          ...hostsOf(spec.names ?? {}),
          mounts: [
            ...(spec.mounts ?? []).map(onEach),
            ...Object.entries(spec.tmpfs ?? scratch).map(([target, options]) =>
              isRunnable(options) ? runnable(target, options, plan.scratchLabels) : inMemory(target, options),
            ),
          ],
          secrets: (spec.spread ?? []).map((file) => secretFile(file, spec.user)),
          capDrops: ["ALL"],
          ...(spec.capabilities && { capAdds: spec.capabilities }),
          readOnly: spec.readOnlyRoot ?? true,
          init: true,
          // The provider doesn't know the interval at a start, so the steady one is the one that an older engine has.
          healthcheck: spec.health && healthcheckOf(spec.health),
          stopSignal: spec.stopSignal,
          stopGracePeriod: short(spec.graceSeconds),
          labels: plan.taskLabels,
        },
        plan.secretWords === true,
      ),
      networksAdvanceds: spec.networks.map(({ id, aliases }) => ({ id, aliases })),
      resources: {
        limits: { memoryBytes: memory, nanoCpus: Math.round(spec.limits.cpus * 1e9) },
        // A release has room beside the one before it on a machine that holds one of them twice by its limits.
        reservation: { memoryBytes: Math.floor(memory / 2) },
      },
      // Always said: the provider would keep a former one.
      placement: { constraints: [`node.labels.berth.${plan.where[0]}==${plan.where[1]}`] },
      // All that the provider reads back, or each run sees a change.
      restartPolicy: { condition: "any", delay: "5s", maxAttempts: 0, window: "0s" },
      logDriver: { name: plan.logDriver, options: plan.logOpts },
    },
    updateConfig: { ...oneByOne, maxFailureRatio: oneOf(plan.replicas), failureAction: "rollback" },
    rollbackConfig: { ...oneByOne, failureAction: "pause" },
    // Each container has its time to start, and to be found unhealthy after it, and one of them has it twice.
    convergeConfig: { delay: "1s", timeout: short((startSeconds + 60) * (plan.replicas + 1) + 60) },
  };
}

/** By it a container knows how many machines the swarm has. */
export const machinesVariable = "BERTH_MACHINES";

/** By it one that is placed knows where. */
const machineVariable = "BERTH_MACHINE";

const mebibyte = 1024 * 1024;

const oneByOne = { parallelism: 1, order: "start-first", monitor: "5s", delay: "0s", maxFailureRatio: "0.0" };

/**
 * One container of so many may fail at its start and is tried again, the second takes all back: a machine that has just
 * joined learns the names on the network by and by, and some programs end for one that they don't know. Managers count
 * failures against containers, more than this share of which are too many (moby/swarmkit manager/orchestrator/update);
 * the provider reads one decimal back.
 */
function oneOf(replicas: number): string {
  return (Math.ceil(10 / replicas) / 10).toFixed(1);
}

function healthcheckOf(health: HealthCheck): docker.types.input.ServiceTaskSpecContainerSpecHealthcheck {
  const { tests, interval, timeout, startPeriod, retries } = healthcheckArgs(health, false);
  const duration = (time: typeof interval) => (typeof time === "string" ? shortened(time) : time);
  return { tests, interval, timeout: duration(timeout), startPeriod: duration(startPeriod), retries };
}

function hostsOf(names: NonNullable<ContainerSpec["names"]>) {
  const known = Object.entries(names).map(([host, ip]) => ({ host, ip }));
  return known.length === 0 ? {} : { hosts: known };
}

/** As the provider reads a service's durations back (kreuzwerker/terraform-provider-docker, shortDur): `1m`. */
function short(seconds: number): string {
  return shortened(goDuration(seconds));
}

function shortened(duration: string): string {
  return duration.replace(/m0s$/, "m").replace(/h0m$/, "h");
}

/** The volume of this name on whichever machine runs it. */
function onEach({
  target,
  volume,
  readOnly = true,
}: Mount): docker.types.input.ServiceTaskSpecContainerSpecMount {
  return { type: "volume", source: volume, target, readOnly };
}

/**
 * Docker adds `noexec`, `nosuid` and `nodev` itself (moby/moby daemon/oci_linux.go, withMounts). Everybody's folder is
 * what it makes unless told, and the provider reads the sticky bit back as none (Go's `FileMode.Perm`).
 */
function inMemory(target: string, options: string): docker.types.input.ServiceTaskSpecContainerSpecMount {
  const [, size = "64"] = /(?:^|,)size=(\d+)m(?:,|$)/.exec(options) ?? [];
  const [, mode = "1777"] = /(?:^|,)mode=([0-7]+)(?:,|$)/.exec(options) ?? [];
  return {
    type: "tmpfs",
    target,
    readOnly: false,
    tmpfsOptions: {
      sizeBytes: Number(size) * mebibyte,
      ...(mode !== "1777" && { mode: Number.parseInt(mode, 8) & 0o777 }),
    },
  };
}

/** Whether programs in one of the service's folders in memory may run: each of its containers then leaves a volume behind. */
export function leavesVolumes({ tmpfs = {} }: Pick<ContainerSpec, "tmpfs">): boolean {
  return Object.values(tmpfs).some(isRunnable);
}

function isRunnable(options: string): boolean {
  return options.split(",").includes("exec");
}

/**
 * A folder in memory whose programs may run, each container's own: a volume without a name, which goes with the
 * container. Before API 1.46 a task's spec has no such option for `tmpfs`
 * (https://docs.docker.com/reference/api/engine/version-history). Docker makes each such volume twice, and leaves one,
 * empty, for nobody (moby/moby daemon/cluster/executor/container/adapter.go, createVolumes): it is found by its labels.
 */
function runnable(
  target: string,
  options: string,
  about: docker.types.input.ContainerLabel[],
): docker.types.input.ServiceTaskSpecContainerSpecMount {
  const words = options.split(",").filter((word) => word !== "exec" && word !== "rw");
  const volumeOptions = {
    driverName: "local",
    driverOptions: { type: "tmpfs", device: "tmpfs", o: words.join(",") },
    noCopy: true,
    labels: about,
  };
  return { type: "volume", target, readOnly: false, volumeOptions };
}

function secretFile(
  { path, id, name }: SecretFile,
  user: string,
): docker.types.input.ServiceTaskSpecContainerSpecSecret {
  const [fileUid = "0", fileGid = "0"] = user.split(":");
  return { secretId: id, secretName: name, fileName: path, fileUid, fileGid, fileMode: 0o400 };
}
