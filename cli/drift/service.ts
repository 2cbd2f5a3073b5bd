import type Docker from "dockerode";
import { isDue, lookAtSwarm, runningOf, type SwarmLook, type Task } from "../docker/swarm.ts";
import { isMap } from "../overrides.ts";
import {
  ownerOf,
  taskSpecOf,
  wantedServices,
  type Checkpoint,
  type StateResource,
  type SwarmService,
} from "../state/checkpoint.ts";
import { gone, type Changed } from "../state/drift.ts";
import { thousandths } from "./container.ts";

/** The parts of a service's spec that are compared (https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Service). */
export interface InspectedSpec {
  Labels?: Record<string, string>;
  Mode?: { Replicated?: { Replicas?: number } };
  EndpointSpec?: { Ports?: { TargetPort?: number; PublishedPort?: number }[] };
  TaskTemplate?: {
    ContainerSpec?: {
      Image?: string;
      User?: string;
      Command?: string[];
      Args?: string[];
      Env?: string[];
      ReadOnly?: boolean;
      CapabilityAdd?: string[];
      CapabilityDrop?: string[];
      Healthcheck?: { Test?: string[] };
      Mounts?: { Source?: string; Target?: string }[];
      Secrets?: { File?: { Name?: string } }[];
      Configs?: { File?: { Name?: string } }[];
    };
    Resources?: { Limits?: { MemoryBytes?: number; NanoCPUs?: number } };
    RestartPolicy?: { Condition?: string };
    Networks?: { Target?: string }[];
    Placement?: { Constraints?: string[] };
  };
}

const mebibyte = 1024 ** 2;

/**
 * What `docker service update`, `scale` and `rollback` can have changed of a service that is still the one the last run
 * made, a line each, and no value of a variable. A value that state has encrypted isn't compared.
 */
export function serviceChanges(
  { inputs = {} }: Pick<StateResource, "inputs">,
  spec: InspectedSpec,
): string[] {
  const own = taskSpecOf({ inputs } as StateResource);
  const { ContainerSpec = {}, Resources, RestartPolicy, Networks = [], Placement } = spec.TaskTemplate ?? {};
  const task = isMap(inputs.taskSpec) ? inputs.taskSpec : {};
  const limits = mapAt(task, "resources", "limits");
  const { MemoryBytes = 0, NanoCPUs = 0 } = Resources?.Limits ?? {};
  const changes = [
    differs(
      "replicas",
      mapAt(inputs, "mode", "replicated").replicas,
      spec.Mode?.Replicated?.Replicas ?? "one a machine",
    ),
    differs("image", own.image, ContainerSpec.Image),
    differs("user", own.user, ContainerSpec.User),
    differs("entrypoint", words(own.commands), words(ContainerSpec.Command)),
    differs("command", words(own.args), words(ContainerSpec.Args)),
    differs("memory", scaled(limits.memoryBytes, 1 / mebibyte, " MiB"), `${MemoryBytes / mebibyte} MiB`),
    differs("cpus", scaled(limits.nanoCpus, 1e-9), String(thousandths(NanoCPUs / 1e9))),
    differs("read-only root", own.readOnly, ContainerSpec.ReadOnly ?? false),
    differs("capabilities dropped", words(own.capDrops), words(ContainerSpec.CapabilityDrop)),
    differs("capabilities kept", words(own.capAdds), words(ContainerSpec.CapabilityAdd)),
    differs("health check", words(mapAt(own, "healthcheck").tests), words(ContainerSpec.Healthcheck?.Test)),
    differs("restart", mapAt(task, "restartPolicy").condition, RestartPolicy?.Condition ?? "any"),
    ...variableChanges(own.env, ContainerSpec.Env ?? []),
    ...membership(
      "on network",
      namesIn(task.networksAdvanceds, "id"),
      Networks.map(({ Target = "?" }) => Target),
    ),
    ...membership(
      "with a mount at",
      namesIn(own.mounts, "target"),
      (ContainerSpec.Mounts ?? []).map(({ Target = "?" }) => Target),
    ),
    ...membership("with the secret", namesIn(own.secrets, "fileName"), filesIn(ContainerSpec.Secrets)),
    ...membership("with the config", namesIn(own.configs, "fileName"), filesIn(ContainerSpec.Configs)),
    ...heldChanges(mapAt(task, "placement").constraints, Placement?.Constraints ?? []),
    ...publishedIn(mapAt(inputs, "endpointSpec").ports, spec.EndpointSpec?.Ports ?? []),
  ].filter((change) => change !== undefined);
  const hash = differs("hash of its inputs", ownerOf(inputs).hash, spec.Labels?.["berth.hash"]);
  // Of another release nothing else need be told apart, and of a change beside it that says more.
  return changes.length === 0 && hash !== undefined ? [hash] : changes;
}

/** What settings hold it to it no longer is, or it is to something else. */
function heldChanges(wanted: unknown, got: readonly string[]): string[] {
  const own = Array.isArray(wanted) ? wanted.map(String) : [];
  return [
    ...own.filter((one) => !got.includes(one)).map((one) => `is no longer held to machines by ${one}`),
    ...got.filter((one) => !own.includes(one)).map((one) => `is held to machines by ${one}`),
  ];
}

function differs(what: string, wanted: unknown, got: unknown): string | undefined {
  if (isSealed(wanted) || wanted === got) return undefined;
  // What nobody asked for is the engine's own default, or none.
  if (wanted === undefined && (got === "" || got === false)) return undefined;
  return `${what} must be ${shown(wanted)}, got ${shown(got)}`;
}

function isSealed(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function shown(value: unknown): string {
  if (value === undefined || value === "") return "nothing";
  return JSON.stringify(typeof value === "string" ? value : JSON.stringify(value));
}

/** One text of a list of words; a word that is encrypted keeps it from being compared. */
function words(list: unknown): unknown {
  if (list === undefined || list === null) return "";
  const all = Array.isArray(list) ? (list as unknown[]) : [list];
  return all.some(isSealed) ? all : all.map(String).join(" ");
}

function scaled(value: unknown, factor: number, unit = ""): unknown {
  return typeof value === "number" ? `${thousandths(value * factor)}${unit}` : value;
}

function mapAt(value: unknown, ...path: string[]): Record<string, unknown> {
  const found = path.reduce<unknown>((inner, key) => (isMap(inner) ? inner[key] : undefined), value);
  return isMap(found) ? found : {};
}

/** Names alone: values may be secret. */
function variableChanges(wanted: unknown, got: readonly string[]): string[] {
  if (!isMap(wanted)) return [];
  const there = new Map(
    got.map((each) => [each.slice(0, each.indexOf("=")), each.slice(each.indexOf("=") + 1)]),
  );
  // The engine seals a secret as a map; one that is sealed whole has none of these names.
  if (Object.keys(wanted).some((name) => name === "4dabf18193072939515e22adb298388d")) return [];
  return [
    ...Object.entries(wanted).flatMap(([name, value]) => {
      if (!there.has(name)) return [`variable ${name} was removed`];
      return isSealed(value) || there.get(name) === String(value) ? [] : [`variable ${name} was changed`];
    }),
    ...[...there.keys()].filter((name) => !(name in wanted)).map((name) => `variable ${name} was added`),
  ];
}

function namesIn(list: unknown, key: string): string[] {
  return Array.isArray(list) ? list.filter(isMap).map((one) => String(one[key])) : [];
}

function filesIn(list: readonly { File?: { Name?: string } }[] = []): string[] {
  return list.map(({ File }) => File?.Name ?? "?");
}

function membership(what: string, wanted: readonly string[], got: readonly string[]): string[] {
  return [
    ...wanted.filter((name) => !got.includes(name)).map((name) => `is no longer ${what} ${name}`),
    ...got.filter((name) => !wanted.includes(name)).map((name) => `is also ${what} ${name}`),
  ];
}

function publishedIn(
  wanted: unknown,
  got: NonNullable<NonNullable<InspectedSpec["EndpointSpec"]>["Ports"]>,
): string[] {
  const own = namesIn(wanted, "targetPort");
  return got
    .filter(({ TargetPort = 0 }) => !own.includes(String(TargetPort)))
    .map(
      ({ PublishedPort, TargetPort }) => `publishes ${PublishedPort ?? "a port"} for ${TargetPort ?? "?"}`,
    );
}

/** What is gone or was changed of a stack's services, as the manager tells them; nothing of a stack that has none. */
export async function changedServices(
  manager: Docker,
  checkpoint: Checkpoint,
  stack: string,
): Promise<Changed[]> {
  const wanted = wantedServices(checkpoint);
  if (wanted.length === 0) return [];
  return changedIn(wanted, await lookAtSwarm(manager, stack));
}

export function changedIn(wanted: readonly SwarmService[], { services }: SwarmLook): Changed[] {
  return wanted.flatMap((resource): Changed[] => {
    const found = services.find(({ ID }) => ID === resource.id);
    if (found === undefined) return [{ resource, what: gone }];
    return serviceChanges(resource, (found.Spec ?? {}) as InspectedSpec).map((what) => ({ resource, what }));
  });
}

/** A service of which fewer containers run than its managers were told to keep running. */
export interface Short {
  resource: StateResource;
  running: number;
  wanted: number;
  /** What a manager says of one that doesn't; empty where it says nothing. */
  reason: string;
}

/** Services that are there and short of containers; while one is made anew elsewhere, that is so for a moment. */
export function shortIn(wanted: readonly SwarmService[], { services, tasks }: SwarmLook): Short[] {
  return wanted.flatMap((resource): Short[] => {
    const found = services.find(({ ID }) => ID === resource.id);
    const replicas = found?.Spec?.Mode?.Replicated?.Replicas;
    if (found === undefined || replicas === undefined) return [];
    const running = runningOf(found.ID, tasks);
    if (running >= replicas) return [];
    return [{ resource, running, wanted: replicas, reason: reasonIn(found.ID, tasks) }];
  });
}

/** Of those that are to run the first that says why it doesn't, else of those that did. */
function reasonIn(service: string, tasks: readonly Task[]): string {
  const own = tasks.filter(({ ServiceID }) => ServiceID === service);
  const due = own.filter(isDue);
  return [...due, ...own].find(({ Status }) => (Status?.Err ?? "") !== "")?.Status?.Err ?? "";
}
