import { runLike } from "../docker/oneOff.ts";
import { isTask } from "../docker/swarm.ts";
import { Refusal } from "../refusal.ts";
import { commandOrShell, findContainer, type InsideOptions } from "./inside.ts";

/** Runs a command in a container of its own, with all that a service is handed, and exits as it does. */
export async function run(service: string, command: string[], options: InsideOptions): Promise<number> {
  const found = await findContainer(service, options);
  const { docker, container } = found;
  // A manager gives the secrets of a service to the containers that it makes itself, and to no other.
  if (isTask(container))
    throw new Refusal([
      `service: must be one whose files another container can have too, got "${service}", a service of a swarm; berth exec ${service} -- runs a command in one of its containers`,
    ]);
  const words = await commandOrShell(found, service, command);
  return runLike(docker, container.Id, words, process);
}
