import type Docker from "dockerode";
import type { ContainerInfo } from "dockerode";
import { nameOf, owned, roleOf, serviceOf } from "../docker/owned.ts";
import { openDockers, reachedDockers } from "../docker/machines.ts";
import { exec } from "../docker/exec.ts";
import { checkpointToLook } from "../look.ts";
import { Refusal, reasonOf } from "../refusal.ts";
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

function isOf(container: ContainerInfo, service: string): boolean {
  return serviceOf(container) === service && container.State === "running";
}

/** Why there is no container to go into, of all that a stack has, and what helps. */
export function notRunning(
  service: string,
  stack: string,
  containers: readonly Pick<ContainerInfo, "Labels" | "State" | "Status">[],
  unread = false,
): string {
  const running = containers.filter(({ State }) => State === "running");
  const stopped = containers.find((one) => serviceOf(one) === service);
  if (stopped !== undefined)
    return `service: must run, got "${service}" (${stopped.Status}); berth logs ${service} says why, and berth up brings it back`;
  if (running.length === 0)
    return `service: must run, got "${service}", and nothing of stack "${stack}" does; ${unread ? "mend what the warning says, as its state tells what should" : "run berth up"}`;
  return `service: must be one of ${[...new Set(running.map(serviceOf))].join(", ")}, got "${service}"`;
}

/** What is run: a shell where nothing is named. Throws {@link Refusal} where the image has none. */
export async function commandOrShell(
  { docker, container }: Found,
  service: string,
  command: string[],
): Promise<string[]> {
  if (command.length > 0) return command;
  const { code } = await exec(docker, container.Id, ["sh", "-c", ":"]).catch((error: unknown) => {
    // Newer engines refuse to start what older ones end with 126 or 127.
    if (/executable file not found|no such file/.test(reasonOf(error))) return { code: 127 };
    throw error;
  });
  if (code === 0) return ["sh"];
  throw new Refusal([
    `command: must be a program of the image of ${service}, got sh, which it lacks; name one after --, as in berth exec ${service} -- /app --version`,
  ]);
}

/**
 * The container of a service that is meant: the first that runs and is well, unless its number is given. `looks` is for who does
 * without the state where that can't be read.
 */
export async function findContainer(
  service: string,
  options: InsideOptions,
  { looks = false } = {},
): Promise<Found> {
  const session = await revealed(await openSession(options));
  const { stack } = session;
  const { checkpoint, unread } = looks
    ? await checkpointToLook(session)
    : { checkpoint: await checkpointOf(session), unread: false };
  const { dockers } = looks
    ? await reachedDockers(stack.config, checkpoint)
    : { dockers: await openDockers(stack.config, checkpoint) };
  const all = await Promise.all(
    dockers.map(async (docker) => {
      const { containers } = await owned(docker, stack.name);
      return containers
        .filter((one) => roleOf(one) === "service")
        .map((container) => ({ docker, container }));
    }),
  );
  const everything = all.flat().sort((a, b) => (nameOf(a.container) < nameOf(b.container) ? -1 : 1));
  const own = everything.filter(({ container }) => isOf(container, service));
  const [first] = own;
  if (first === undefined) {
    const containers = everything.map(({ container }) => container);
    throw new Refusal([notRunning(service, stack.name, containers, unread)]);
  }
  const { replica } = options;
  if (replica === undefined) return own.find(({ container }) => isHealthy(container)) ?? first;
  const chosen = /^\d+$/.test(replica) ? own[Number(replica) - 1] : undefined;
  if (chosen !== undefined) return chosen;
  throw new Refusal([`--replica: must be a whole number from 1 to ${own.length}, got "${replica}"`]);
}
