import { askDocker } from "./docker.ts";
import type { Facts } from "./facts.ts";

/** The parts of the Docker Engine's lists that we read (https://docs.docker.com/reference/api/engine/). */
export interface Container {
  Id: string;
  Names: string[];
  Labels?: Record<string, string>;
  ImageID: string;
  State: string;
  /** Such as `Up 3 minutes (healthy)` or `Exited (0) 2 hours ago`. */
  Status: string;
  Ports: { IP?: string; PrivatePort: number; PublicPort?: number; Type: string }[];
  NetworkSettings?: { Networks?: Record<string, { NetworkID: string }> | null };
  /** What `docker update` changes; no list has it. */
  HostConfig?: { Memory?: number; NanoCpus?: number; RestartPolicy?: { Name?: string } };
}

export interface Network {
  Id: string;
  Name: string;
}

export interface Volume {
  Name: string;
  CreatedAt?: string;
}

export interface Lists {
  containers: Container[];
  networks: Network[];
  volumes: Volume[];
}

/** Everything the Docker Engine has for a stack. */
export async function listHeld(socket: string, stack: string): Promise<Lists> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`berth.stack=${stack}`] }));
  const [containers, networks, volumes] = await Promise.all([
    askDocker(socket, `/containers/json?all=true&filters=${filters}`),
    askDocker(socket, `/networks?filters=${filters}`),
    askDocker(socket, `/volumes?filters=${filters}`),
  ]);
  return {
    containers: await Promise.all((containers as Container[]).map((one) => withLimits(socket, one))),
    networks: networks as Network[],
    volumes: (volumes as { Volumes: Volume[] | null }).Volumes ?? [],
  };
}

/** Of what serves: a job has ended, and a carrier never starts. */
async function withLimits(socket: string, container: Container): Promise<Container> {
  if (container.State !== "running") return container;
  const path = `/containers/${encodeURIComponent(container.Id)}/json`;
  const { HostConfig } = ((await askDocker(socket, path)) ?? {}) as Partial<Container>;
  return HostConfig === undefined ? container : { ...container, HostConfig };
}

/** As facts. What a restart by the same engine changes, such as addresses, isn't among them. */
export function heldFacts({ containers, networks, volumes }: Lists): Facts {
  return Object.fromEntries([
    ...containers.map((one) => [`container ${one.Names[0]?.slice(1) ?? one.Id}`, containerFacts(one)]),
    ...networks.map(({ Id, Name }) => [`network ${Name}`, { id: Id }]),
    ...volumes.map(({ Name, CreatedAt = "" }) => [`volume ${Name}`, { created: CreatedAt }]),
  ]) as Facts;
}

function containerFacts(container: Container) {
  const { Id, Labels, ImageID, State, Status, Ports, NetworkSettings, HostConfig } = container;
  const networks = Object.values(NetworkSettings?.Networks ?? {}).map(({ NetworkID }) => NetworkID);
  const ports = Ports.filter(({ PublicPort }) => PublicPort !== undefined).map(
    ({ IP = "", PrivatePort, PublicPort, Type }) => `${IP}:${PublicPort ?? ""}>${PrivatePort}/${Type}`,
  );
  return {
    id: Id,
    role: Labels?.["berth.role"] ?? "none",
    image: ImageID,
    state: State,
    health: healthIn(Status),
    "exit code": /^Exited \((\d+)\)/.exec(Status)?.[1] ?? "none",
    networks: networks.sort().join(" "),
    ports: ports.sort().join(" "),
    ...(HostConfig && limitFacts(HostConfig)),
  };
}

function limitFacts({ Memory = 0, NanoCpus = 0, RestartPolicy }: NonNullable<Container["HostConfig"]>) {
  return { memory: `${Memory}`, cpus: `${NanoCpus / 1e9}`, "restart policy": RestartPolicy?.Name ?? "" };
}

function healthIn(status: string): string {
  return /\((?:health: )?(healthy|unhealthy|starting)\)/.exec(status)?.[1] ?? "none";
}

/** The same once what is still starting is healthy: what the next run must find. */
export function onceHealthy(facts: Facts): Facts {
  const settled = Object.entries(facts).map(([thing, properties]) => [
    thing,
    properties.health === "starting" ? { ...properties, health: "healthy" } : properties,
  ]);
  return Object.fromEntries(settled) as Facts;
}

/** Why a stack can't be called healthy, however the last run left it. */
export function firstUnwell(facts: Facts): string | undefined {
  for (const [thing, { role, state, health, "exit code": exitCode = "none" }] of Object.entries(facts)) {
    if (health === "unhealthy") return `${thing}: must be healthy, got "unhealthy"`;
    // One that was stopped while the run was under way has left it so; a job has ended, and a carrier never starts.
    if (role === "service" && state !== "running") return `${thing}: must run, got "${state ?? ""}"`;
    if (state !== undefined && !["running", "created", "exited"].includes(state))
      return `${thing}: must run, got "${state}"`;
    if (!["none", "0"].includes(exitCode)) return `${thing}: must have ended with 0, got ${exitCode}`;
  }
  return undefined;
}
