import type Docker from "dockerode";
import type { ContainerInfo } from "dockerode";
import { owned, roleOf, serviceOf } from "../docker/owned.ts";
import type { SystemDefinition } from "../../systems/define.ts";

/** The services of a stack on one machine. */
export interface Machine {
  docker: Docker;
  services: readonly ContainerInfo[];
}

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
 * applications, and after them stores whose volumes are written. A database stays up, for it is asked.
 */
export function writers(
  machines: readonly Machine[],
  { services: definitions }: Pick<SystemDefinition, "services">,
): Writer[] {
  const all = machines.flatMap(({ docker, services }) => services.map((info) => ({ docker, info })));
  const running = all.filter(({ info }) => info.State === "running");
  const those = (is: (definition: SystemDefinition["services"][string]) => boolean) =>
    running.filter(({ info }) => {
      const definition = definitions[serviceOf(info)];
      return definition !== undefined && is(definition);
    });
  return [...those(({ phase }) => phase === "application"), ...those(({ kind }) => kind === "objectStore")];
}

/** Stops them one after the other, each within its own grace; how they ran is how they run again. */
export async function stopAll(stopped: readonly Writer[]): Promise<void> {
  for (const { docker, info } of stopped) await docker.getContainer(info.Id).stop().catch(unlessDone);
}

/** Starts them, the last one first, and waits until each is healthy. Returns the services that aren't within `seconds`. */
export async function startAll(stopped: readonly Writer[], seconds = 180): Promise<string[]> {
  for (const { docker, info } of stopped.toReversed())
    await docker.getContainer(info.Id).start().catch(unlessDone);
  const end = Date.now() + seconds * 1000;
  const unwell: string[] = [];
  for (const one of stopped) if (!(await becomesWell(one, end))) unwell.push(serviceOf(one.info));
  return unwell;
}

async function becomesWell({ docker, info }: Writer, end: number): Promise<boolean> {
  for (;;) {
    const { State } = await docker.getContainer(info.Id).inspect();
    const health = (State.Health as { Status: string } | undefined)?.Status ?? "none";
    if (State.Running && (health === "healthy" || health === "none")) return true;
    if (Date.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** 304: it is so already (https://docs.docker.com/reference/api/engine/, ContainerStop). */
function unlessDone(error: unknown): void {
  if ((error as { statusCode?: number }).statusCode !== 304) throw error;
}
