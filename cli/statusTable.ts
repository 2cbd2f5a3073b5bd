import type { ContainerInfo } from "dockerode";
import { hashOf, nameOf, serviceOf } from "./docker/owned.ts";
import type { Queue } from "./docker/queues.ts";
import type { Usage } from "./docker/usage.ts";
import type { Colours } from "./output.ts";
import { table, type Column } from "./table.ts";
import { age, bytes } from "./units.ts";

/** What `status` says of one service. */
export interface ServiceStatus {
  service: string;
  healthy: number;
  wanted: number;
  image: string;
  /** Fingerprint of all that decides how its containers run; several while a release is under way. */
  release: string;
  /** Cores, all containers together. */
  cpus: number;
  /** Bytes, all containers together, and what they may take. */
  memory: number;
  memoryLimit: number;
  /** Milliseconds since the youngest container started; nothing where none runs. */
  uptime?: number;
  restarts: number;
  /** Each of its containers, for what they run may differ while a release is under way, or after one failed. */
  replicas: Replica[];
}

export interface Replica {
  container: string;
  /** Where a swarm runs it, by the machine's host name; nothing of one that no swarm put there. */
  machine?: string;
  image: string;
  release: string;
  healthy: boolean;
}

export interface StatusMore {
  /** Milliseconds since 1970. @default now */
  now?: number;
  /** Machines of a swarm, by the ids of the containers that it put there. @default none */
  machines?: ReadonlyMap<string, string>;
}

/** One row a service: those that run, and those that ought to. `wanted` names a service once for each container. */
export function statusRows(
  containers: readonly ContainerInfo[],
  wanted: readonly string[],
  usage: ReadonlyMap<string, Usage>,
  { now = Date.now(), machines = new Map() }: StatusMore = {},
): ServiceStatus[] {
  const services = [...new Set([...wanted, ...containers.map(serviceOf)])].sort();
  return services.map((service) => {
    const own = containers.filter((container) => serviceOf(container) === service);
    const used = own.flatMap(({ Id }) => usage.get(Id) ?? []);
    const sum = (figure: (one: Usage) => number) => used.reduce((total, one) => total + figure(one), 0);
    const running = own.filter(({ State }) => State === "running");
    const youngest = Math.max(...used.map(({ startedAt }) => startedAt.getTime()));
    return {
      service,
      healthy: own.filter(isHealthy).length,
      wanted: wanted.length > 0 ? wanted.filter((name) => name === service).length : own.length,
      image: own[0]?.Image ?? "",
      release: [...new Set(own.map((container) => hashOf(container).slice(0, 7)))].join("+"),
      cpus: sum(({ cpus }) => cpus),
      memory: sum(({ memory }) => memory),
      memoryLimit: sum(({ memoryLimit }) => memoryLimit),
      ...(running.length > 0 && used.length > 0 && { uptime: now - youngest }),
      restarts: sum(({ restarts }) => restarts),
      replicas: own.map((container) => ({
        container: nameOf(container),
        ...(machines.has(container.Id) && { machine: machines.get(container.Id) }),
        image: container.Image,
        release: hashOf(container).slice(0, 7),
        healthy: isHealthy(container),
      })),
    };
  });
}

/** Running, and healthy as far as its own check says (https://docs.docker.com/reference/api/engine/, ContainerSummary). */
export function isHealthy({ State, Status }: Pick<ContainerInfo, "State" | "Status">): boolean {
  return State === "running" && !Status.includes("unhealthy") && !Status.includes("health: starting");
}

const columns: Column[] = [
  { title: "service", shrink: true },
  { title: "up", align: "right" },
  { title: "image", shrink: true },
  { title: "release", shrink: true },
  { title: "cpu", align: "right" },
  { title: "memory", align: "right" },
  { title: "age", align: "right" },
  { title: "restarts", align: "right" },
];

/** Fits 80 columns. */
export function statusTable(rows: readonly ServiceStatus[], colour: Colours): string[] {
  const cells = rows.map((row) => [
    row.service,
    `${row.healthy}/${row.wanted}`,
    shortImage(row.image),
    row.release,
    row.cpus.toFixed(2),
    `${bytes(row.memory)}/${bytes(row.memoryLimit)}`,
    row.uptime === undefined ? "-" : age(row.uptime),
    String(row.restarts),
  ]);
  const paint = (text: string, column: number, row: number): string => {
    const status = rows[row];
    if (status === undefined) return colour.dim(text);
    if (column === 1) return status.healthy >= status.wanted ? colour.green(text) : colour.red(text);
    return column === 7 && status.restarts > 0 ? colour.yellow(text) : text;
  };
  return table(columns, cells, { paint });
}

/** A line for each container of services whose containers aren't all of one release; nothing where all are. */
export function replicaTable(rows: readonly ServiceStatus[], colour: Colours): string[] {
  const mixed = rows.filter(({ replicas }) => new Set(replicas.map(({ release }) => release)).size > 1);
  const lines = mixed.flatMap(({ replicas }) => replicas);
  if (lines.length === 0) return [];
  const cells = lines.map(({ container, image, release, healthy }) => [
    container,
    shortImage(image),
    release,
    healthy ? "healthy" : "not healthy",
  ]);
  const paint = (text: string, column: number, row: number): string => {
    if (row < 0) return colour.dim(text);
    return column === 3 && lines[row]?.healthy === false ? colour.red(text) : text;
  };
  const titles = [
    { title: "container", shrink: true },
    { title: "image", shrink: true },
    { title: "release" },
    { title: "state" },
  ];
  return table(titles, cells, { paint });
}

/** On which machines a swarm runs how many of each service's containers; nothing of a system that is on none. */
export function placeTable(rows: readonly ServiceStatus[], colour: Colours): string[] {
  const cells = rows.flatMap(({ service, replicas }) => {
    const places = replicas.flatMap(({ machine }) => machine ?? []).sort();
    const counts = [...new Set(places)].map(
      (one) => `${one} ${places.filter((each) => each === one).length}`,
    );
    return counts.length === 0 ? [] : [[service, counts.join(", ")]];
  });
  if (cells.length === 0) return [];
  const paint = (text: string, _column: number, row: number) => (row < 0 ? colour.dim(text) : text);
  return table([{ title: "service", shrink: true }, { title: "containers on" }], cells, { paint });
}

/** How much work waits; nothing where there are no queues. */
export function queueTable(queues: readonly Queue[], colour: Colours): string[] {
  if (queues.length === 0) return [];
  const cells = queues.map(({ service, list, waiting }) => [list, service, String(waiting ?? "unknown")]);
  const paint = (text: string, _column: number, row: number) => (row < 0 ? colour.dim(text) : text);
  const titles: Column[] = [
    { title: "queue", shrink: true },
    { title: "service", shrink: true },
    { title: "waiting", align: "right" },
  ];
  return table(titles, cells, { paint });
}

/** `api:2` of `registry.example/team/api:2`, `sha256:1a2b3c4` of an id, `api@1a2b3c4` of a digest. */
export function shortImage(image: string): string {
  if (image.startsWith("sha256:")) return image.slice(0, 14);
  const [path = "", digest] = image.split("@sha256:");
  const name = path.slice(path.lastIndexOf("/") + 1);
  return digest === undefined ? name : `${name}@${digest.slice(0, 7)}`;
}
