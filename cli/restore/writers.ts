import type Docker from "dockerode";
import type { ContainerInfo } from "dockerode";
import { serviceOf } from "../docker/owned.ts";
import type { SystemDefinition } from "../../systems/define.ts";

/**
 * Containers that write what a backup holds, and have to stand still while it is given back: applications, and stores
 * whose volumes are written. A database stays up, for it is asked.
 */
export function writers(
  services: readonly ContainerInfo[],
  { services: definitions }: Pick<SystemDefinition, "services">,
): ContainerInfo[] {
  return services.filter((container) => {
    const definition = definitions[serviceOf(container)];
    const running = container.State === "running";
    return running && (definition?.phase === "application" || definition?.kind === "objectStore");
  });
}

/** Stops them one after the other, each within its own grace; how they ran is how they run again. */
export async function stopAll(docker: Docker, containers: readonly ContainerInfo[]): Promise<void> {
  for (const { Id } of containers) await docker.getContainer(Id).stop().catch(unlessDone);
}

/** Starts them, stores first, and waits until each is healthy. Returns the names of those that aren't within `seconds`. */
export async function startAll(
  docker: Docker,
  containers: readonly ContainerInfo[],
  seconds = 180,
): Promise<string[]> {
  for (const { Id } of containers) await docker.getContainer(Id).start().catch(unlessDone);
  const end = Date.now() + seconds * 1000;
  const unwell: string[] = [];
  for (const info of containers) if (!(await becomesWell(docker, info, end))) unwell.push(serviceOf(info));
  return unwell;
}

async function becomesWell(docker: Docker, { Id }: ContainerInfo, end: number): Promise<boolean> {
  for (;;) {
    const { State } = await docker.getContainer(Id).inspect();
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
