import type Docker from "dockerode";
import type { ContainerInfo } from "dockerode";
import { owned, roleOf, serviceOf } from "../docker/owned.ts";
import { isTask, swarmNameOf } from "../docker/swarm.ts";
import { Refusal } from "../refusal.ts";
import type { SystemDefinition } from "../../systems/define.ts";

/** The services of a stack on one machine. */
export interface Machine {
  docker: Docker;
  services: readonly ContainerInfo[];
}

/** What runs of a stack now, on each of its machines. */
export async function machinesOf(dockers: readonly Docker[], stack: string): Promise<Machine[]> {
  return await Promise.all(
    dockers.map(async (docker) => {
      const { containers } = await owned(docker, stack);
      return { docker, services: containers.filter((one) => roleOf(one) === "service") };
    }),
  );
}

/** A container, and the engine that runs it. */
export interface Writer {
  docker: Docker;
  info: ContainerInfo;
}

/**
 * Containers that write what a backup holds, on whichever machine, and have to stand still while it is given back:
 * applications, and after them stores whose volumes are written. A database stays up, for it is asked. Throws
 * {@link Refusal} for a service of a swarm: its managers would start what is stopped again at once, elsewhere.
 */
export function writers(
  machines: readonly Machine[],
  { services: definitions }: Pick<SystemDefinition, "services">,
): Writer[] {
  const all = machines.flatMap(({ docker, services }) => services.map((info) => ({ docker, info })));
  // One that ends again and again may come up in the middle of it.
  const running = all.filter(({ info }) => info.State === "running" || info.State === "restarting");
  const those = (is: (definition: SystemDefinition["services"][string]) => boolean) =>
    running.filter(({ info }) => {
      const definition = definitions[serviceOf(info)];
      return definition !== undefined && is(definition);
    });
  const found = [
    ...those(({ phase }) => phase === "application"),
    ...those(({ kind }) => kind === "objectStore"),
  ];
  const spread = new Set(found.filter(({ info }) => isTask(info)).map(({ info }) => swarmNameOf(info)));
  if (spread.size === 0) return found;
  const words = [...spread].sort().map((name) => `${name}=0`);
  throw new Refusal([
    `swarm: must run no service that writes meanwhile, got ${[...spread].sort().join(", ")}; on the stack's own machine docker service scale ${words.join(" ")} stops them, and the next berth up brings them back`,
  ]);
}

/** Stops them one after the other, each within its own grace; how they ran is how they run again. */
export async function stopAll(stopped: readonly Writer[]): Promise<void> {
  for (const { docker, info } of stopped) await docker.getContainer(info.Id).stop().catch(unlessDone);
}

/** A service that isn't well, and why where something said so. */
export interface Unwell {
  service: string;
  reason: string;
}

/**
 * Starts them, the last one first, and waits until each is healthy. One that can't be started keeps no other from it, and
 * is tried again: the way to its machine may be broken for a while. Returns those that aren't well within `seconds`.
 */
export async function startAll(stopped: readonly Writer[], seconds = 180): Promise<Unwell[]> {
  for (const one of stopped.toReversed()) await start(one).catch(() => undefined);
  const end = Date.now() + seconds * 1000;
  const unwell: Unwell[] = [];
  for (const one of stopped) {
    const reason = await reasonUnwell(one, end);
    if (reason !== undefined) unwell.push({ service: serviceOf(one.info), reason });
  }
  return unwell;
}

async function start({ docker, info }: Writer): Promise<void> {
  await docker.getContainer(info.Id).start().catch(unlessDone);
}

async function reasonUnwell(one: Writer, end: number): Promise<string | undefined> {
  for (;;) {
    const reason = await look(one).catch((error: unknown) =>
      error instanceof Error ? error.message : String(error),
    );
    if (reason === undefined || Date.now() > end) return reason;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function look(one: Writer): Promise<string | undefined> {
  await start(one);
  const { State } = await one.docker.getContainer(one.info.Id).inspect();
  const health = (State.Health as { Status: string } | undefined)?.Status ?? "none";
  if (State.Running && (health === "healthy" || health === "none")) return undefined;
  return State.Running ? `it is ${health}` : "it has ended";
}

/** 304: it is so already (https://docs.docker.com/reference/api/engine/, ContainerStop). */
function unlessDone(error: unknown): void {
  if ((error as { statusCode?: number }).statusCode !== 304) throw error;
}
