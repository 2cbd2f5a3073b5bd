import type * as docker from "@pulumi/docker";
import { interpolate, type Input } from "@pulumi/pulumi";
import { healthcheckArgs, type HealthCheck } from "./health.ts";

/** What a container may use. Memory is in MiB and holds swap too; CPUs are cores. */
export interface Limits {
  cpus: number;
  memory: number;
  /** Processes and threads of the container's user, counted over the whole machine (getrlimit(2)). @default 1024 */
  processes?: number;
}

export interface Attachment {
  network: Input<string>;
  /** Docker's own id of it, by which a service of a swarm is attached. @default its machine alone has the network */
  id?: Input<string>;
  /** Names under which others on the network find this container. */
  aliases?: string[];
}

/** A volume, or a folder of the machine, inside a container. */
export interface Mount {
  target: string;
  volume?: Input<string>;
  folder?: Input<string>;
  /** @default true */
  readOnly?: boolean;
  /** Each machine of a swarm has a volume of this name. @default its machine alone has it */
  everywhere?: boolean;
}

export interface PublishedPort {
  ip: Input<string>;
  host: number;
  inside: number;
}

/** All that decides how a container runs. Everything absent is the safest thing that works. */
export interface ContainerSpec {
  image: Input<string>;
  /** `uid:gid`, never root but where `root` says so. */
  user: string;
  /** A setting allows it to run as root. @default false */
  root?: boolean;
  entrypoint?: string[];
  command?: Input<string>[];
  workingDir?: string;
  /** Never a secret: those are files. */
  environment?: Record<string, Input<string>>;
  /** None: it reaches nobody. */
  networks: Attachment[];
  /** Names that its network doesn't know → address. */
  names?: Readonly<Record<string, Input<string>>>;
  mounts?: Mount[];
  /** Writable places in memory, path → mount options. @default /tmp of 64 MiB */
  tmpfs?: Record<string, string>;
  ports?: PublishedPort[];
  limits: Limits;
  /** Whether the image's own files can't be changed. @default true */
  readOnlyRoot?: boolean;
  /** What settings loosen on purpose, by their keys: a label tells a policy. @default nothing */
  loosened?: readonly string[];
  /** Linux capabilities kept, as `CAP_…`. @default none */
  capabilities?: string[];
  health?: HealthCheck;
  /** Seconds between SIGTERM and SIGKILL. */
  graceSeconds: number;
  stopSignal?: string;
  /** Shared memory in MiB. @default 64 */
  sharedMemory?: number;
  /** `all` hands over every GPU. */
  gpus?: string;
  /** Devices of the machine handed over, such as `/dev/video0`. */
  devices?: string[];
  /** `container:<id>` joins another container's process namespace. */
  pidMode?: Input<string>;
  /** It runs on any machine of a swarm, with these files. @default on the machine of its scope */
  spread?: SecretFile[];
}

/** A secret of a swarm as a file of a service. */
export interface SecretFile {
  /** Absolute path in the container. */
  path: string;
  id: Input<string>;
  name: Input<string>;
}

/** Room for scratch files; `mode=1777` because the container's user owns none of it. */
export const scratch = { "/tmp": "rw,noexec,nosuid,nodev,size=64m,mode=1777" };

/**
 * The provider's arguments for a container that runs hardened: own user, no capability, no new privileges,
 * read-only root, bounded memory, CPU, processes and logs.
 */
export function containerArgs(spec: ContainerSpec, startInterval = false): docker.ContainerArgs {
  const processes = spec.limits.processes ?? 1024;
  return {
    image: spec.image,
    user: spec.user,
    entrypoints: spec.entrypoint,
    command: spec.command,
    workingDir: spec.workingDir,
    envs: environment(spec.environment ?? {}),
    ...networksOf(spec),
    mounts: (spec.mounts ?? []).map(mount),
    tmpfs: spec.tmpfs ?? scratch,
    ports: spec.ports?.length
      ? spec.ports.map(({ ip, host, inside }) => ({ ip, external: host, internal: inside }))
      : undefined,
    memory: spec.limits.memory,
    // Without it the engine stores twice the memory and the next run sees a difference.
    memorySwap: spec.limits.memory,
    cpus: decimal(spec.limits.cpus),
    shmSize: spec.sharedMemory ?? 64,
    ulimits: [{ name: "nproc", soft: processes, hard: processes }],
    capabilities: { drops: ["ALL"], ...(spec.capabilities && { adds: spec.capabilities }) },
    securityOpts: ["no-new-privileges:true"],
    readOnly: spec.readOnlyRoot ?? true,
    privileged: false,
    // Reaps what an application leaves behind and passes signals on.
    init: spec.pidMode === undefined,
    pidMode: spec.pidMode,
    gpus: spec.gpus,
    devices: spec.devices?.map((device) => ({ hostPath: device, containerPath: device, permissions: "rw" })),
    logDriver: "local",
    logOpts: { "max-size": "10m", "max-file": "5" },
    healthcheck: spec.health && healthcheckArgs(spec.health, startInterval),
    stopSignal: spec.stopSignal,
    stopTimeout: spec.graceSeconds,
    destroyGraceSeconds: spec.graceSeconds,
  };
}

/** Without one of its own it would have Docker's, which all containers of the machine share. */
function networksOf({ networks, names = {} }: ContainerSpec): Partial<docker.ContainerArgs> {
  if (networks.length === 0) return { networkMode: "none" };
  return {
    networksAdvanced: networks.map(({ network, aliases }) => ({ name: network, aliases })),
    hosts: hosts(names),
  };
}

function hosts(names: Readonly<Record<string, Input<string>>>): docker.ContainerArgs["hosts"] {
  const known = Object.entries(names).map(([host, ip]) => ({ host, ip }));
  return known.length === 0 ? undefined : known;
}

/**
 * CPUs as the provider reads them back (kreuzwerker/terraform-provider-docker helpers.go, nanoInt64ToDecimalString);
 * written otherwise, each run sees a change.
 */
export function decimal(cpus: number): string {
  const digits = cpus.toFixed(9);
  const zeros = digits.split("0").length - 1;
  return zeros === 9 ? cpus.toFixed(1) : digits.replace(/0+$/, "");
}

function environment(variables: Record<string, Input<string>>): Input<string>[] {
  return Object.entries(variables)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => (typeof value === "string" ? `${key}=${value}` : interpolate`${key}=${value}`));
}

function mount({ target, volume, folder, readOnly = true }: Mount): docker.types.input.ContainerMount {
  return folder === undefined
    ? { type: "volume", source: volume, target, readOnly }
    : { type: "bind", source: folder, target, readOnly };
}
