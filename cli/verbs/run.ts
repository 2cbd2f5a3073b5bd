import { runLike } from "../docker/oneOff.ts";
import { commandOrShell, findContainer, type InsideOptions } from "./inside.ts";

/** Runs a command in a container of its own, with all that a service is handed, and exits as it does. */
export async function run(service: string, command: string[], options: InsideOptions): Promise<number> {
  const found = await findContainer(service, options);
  const { docker, container } = found;
  const words = await commandOrShell(found, service, command);
  return runLike(docker, container.Id, words, process);
}
