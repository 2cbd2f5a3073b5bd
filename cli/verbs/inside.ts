import type Docker from "dockerode";
import type { ContainerInfo } from "dockerode";
import { nameOf, owned, roleOf, serviceOf } from "../docker/owned.ts";
import { openDockers } from "../docker/machines.ts";
import { Refusal } from "../refusal.ts";
import { isHealthy } from "../statusTable.ts";
import { checkpointOf, openSession, type CommonOptions } from "../session.ts";
import { revealed } from "../stackFile/revealed.ts";

export interface InsideOptions extends CommonOptions {
  replica?: string;
}

/** A service's container, and the engine that has it. */
interface Found {
  docker: Docker;
  container: ContainerInfo;
}

/** The container of a service that is meant: the first that runs and is well, unless its number is given. */
export async function findContainer(service: string, options: InsideOptions): Promise<Found> {
  const session = await revealed(await openSession(options));
  const { stack } = session;
  const dockers = await openDockers(stack.config, await checkpointOf(session));
  const all = await Promise.all(
    dockers.map(async (docker) => {
      const { containers } = await owned(docker, stack.name);
      const running = containers.filter((one) => roleOf(one) === "service" && one.State === "running");
      return running.map((container) => ({ docker, container }));
    }),
  );
  const everything = all.flat().sort((a, b) => (nameOf(a.container) < nameOf(b.container) ? -1 : 1));
  const own = everything.filter(({ container }) => serviceOf(container) === service);
  const [first] = own;
  if (first === undefined) {
    const there = [...new Set(everything.map(({ container }) => serviceOf(container)))].join(", ");
    throw new Refusal([`service: must be one of ${there || "none"}, got "${service}"`]);
  }
  const { replica } = options;
  if (replica === undefined) return own.find(({ container }) => isHealthy(container)) ?? first;
  const chosen = /^\d+$/.test(replica) ? own[Number(replica) - 1] : undefined;
  if (chosen !== undefined) return chosen;
  throw new Refusal([`--replica: must be a whole number from 1 to ${own.length}, got "${replica}"`]);
}
