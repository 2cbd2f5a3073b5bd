import type Docker from "dockerode";
import type { ContainerInfo } from "dockerode";
import type { SystemDefinition } from "../../systems/define.ts";
import { queuesOf } from "../../systems/facts.ts";
import { exec } from "./exec.ts";
import { serviceOf } from "./owned.ts";

/** Work that waits for a service's containers. */
export interface Queue {
  service: string;
  /** Name of the list in Redis. */
  list: string;
  /** Tasks that no worker has taken; nothing where Redis couldn't be asked. */
  waiting?: number;
}

/** Reads the password where the server itself does, so that it is nobody's argument. */
const lengths = `export REDISCLI_AUTH="$(cat /etc/berth/password)"; for list in "$@"; do redis-cli llen "$list"; done`;

/** How long each queue is that one of these containers holds. */
export async function waitingWork(
  docker: Docker,
  containers: readonly ContainerInfo[],
  system: SystemDefinition | undefined,
): Promise<Queue[]> {
  const all = system === undefined ? [] : queuesOf(system);
  // A system has them all in one Redis.
  const server = containers.find((one) => serviceOf(one) === all[0]?.in);
  const wanted = server === undefined ? [] : all;
  const lists = wanted.map(({ list }) => list);
  const found = server === undefined ? [] : await lengthsOf(docker, server.Id, lists);
  return wanted.map(({ service, list }, index) => {
    const waiting = found[index];
    return { service, list, ...(waiting !== undefined && { waiting }) };
  });
}

async function lengthsOf(docker: Docker, server: string, lists: readonly string[]): Promise<number[]> {
  const reply = await exec(docker, server, ["sh", "-c", lengths, "sh", ...lists]).catch(() => undefined);
  const found = reply?.output.trim().split("\n").map(Number) ?? [];
  return reply?.code === 0 && found.length === lists.length && found.every(Number.isInteger) ? found : [];
}
