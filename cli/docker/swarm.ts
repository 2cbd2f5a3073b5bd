import type Docker from "dockerode";
import type { ContainerInfo, Service, ServiceSpec } from "dockerode";
import { reasonOf, Refusal } from "../refusal.ts";
import { statusOf } from "./gone.ts";
import { hashOf, type Labelled } from "./owned.ts";

/** What Docker says on a container that the managers of a swarm made (moby daemon/cluster/executor/container). */
const taskLabels = "com.docker.swarm.";

/** The part of a task that we read (https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Task). */
export interface Task {
  ID: string;
  ServiceID?: string;
  DesiredState?: string;
  Status?: { State?: string; Err?: string };
  Spec?: { ContainerSpec?: unknown };
}

/** A stack's services on its swarm, and what their managers do about them. */
export interface SwarmLook {
  services: readonly Service[];
  tasks: readonly Task[];
}

/** The id of the service whose container it is; nothing of one that no swarm made. */
export function swarmServiceOf({ Labels }: Labelled): string | undefined {
  return Labels?.[`${taskLabels}service.id`];
}

export function isTask(container: Labelled): boolean {
  return swarmServiceOf(container) !== undefined;
}

/** The name of that service, by which `docker service` knows it. */
export function swarmNameOf({ Labels }: Labelled): string {
  return Labels?.[`${taskLabels}service.name`] ?? "?";
}

/** Its managers have another in its place, and keep it for its log. */
export function isPast(container: Pick<ContainerInfo, "Labels" | "State">): boolean {
  return isTask(container) && ["exited", "dead"].includes(container.State);
}

/** Its managers took it back before it had started, as after a release that failed, and keep it all the same. */
export function isTakenBack(
  { Labels, State }: Pick<ContainerInfo, "Labels" | "State">,
  { tasks }: Pick<SwarmLook, "tasks">,
): boolean {
  const task = tasks.find(({ ID }) => ID === Labels[`${taskLabels}task.id`]);
  return State === "created" && task !== undefined && !isDue(task);
}

/** It runs, or will. */
export function isDue({ DesiredState = "" }: Task): boolean {
  return ["running", "ready"].includes(DesiredState);
}

/**
 * All services of the swarm that an engine manages, or those of one stack; none of an engine that is in no swarm, or
 * manages none. Throws {@link Refusal} where it can't tell, as where too few of the managers are up.
 */
export async function swarmServices(manager: Docker, stack?: string): Promise<Service[]> {
  const filters = stack === undefined ? undefined : { label: [`berth.stack=${stack}`] };
  return await manager.listServices({ filters: JSON.stringify(filters ?? {}) }).catch(noneOf);
}

/** The same with their tasks. */
export async function lookAtSwarm(manager: Docker, stack: string): Promise<SwarmLook> {
  const services = await swarmServices(manager, stack);
  if (services.length === 0) return { services, tasks: [] };
  const filters = JSON.stringify({ service: services.map(({ ID }) => ID) });
  return { services, tasks: (await manager.listTasks({ filters })) as Task[] };
}

/** What moby says where there are no services to tell of (daemon/cluster, errNoManager), and other engines; 503 is all else too. */
function noneOf(error: unknown): Service[] {
  if (statusOf(error) === undefined) throw error;
  const reason = reasonOf(error);
  if (statusOf(error) === 404 || /Use "docker swarm init"|Worker nodes can't/.test(reason)) return [];
  throw new Refusal([
    `swarm: must have managers that answer, got "${reason}"; more than half of them have to be up, docker node ls says which are`,
  ]);
}

/** How many containers of a service run, and are well where they have a health check: until then their task starts. */
export function runningOf(service: string, tasks: readonly Task[]): number {
  return tasks.filter(
    ({ ServiceID, DesiredState, Status }) =>
      ServiceID === service && DesiredState === "running" && Status?.State === "running",
  ).length;
}

/**
 * The same containers, each of a swarm's with the hash of what it runs. That is on its service alone, of the spec it has
 * now and of the one before: which of them it is, the task tells.
 */
export function withHashes(
  containers: readonly ContainerInfo[],
  { services, tasks }: SwarmLook,
): ContainerInfo[] {
  return containers.map((container) => {
    const service = services.find(({ ID }) => ID === swarmServiceOf(container));
    const task = tasks.find(({ ID }) => ID === container.Labels[`${taskLabels}task.id`]);
    if (service === undefined || task === undefined) return container;
    const own = JSON.stringify(task.Spec?.ContainerSpec);
    const spec = [service.Spec, service.PreviousSpec].find((one) => own === specText(one));
    return { ...container, Labels: { ...container.Labels, "berth.hash": hashOf({ Labels: spec?.Labels }) } };
  });
}

function specText(spec: ServiceSpec | undefined): string | undefined {
  const template = spec?.TaskTemplate as { ContainerSpec?: unknown } | undefined;
  return template && JSON.stringify(template.ContainerSpec);
}
