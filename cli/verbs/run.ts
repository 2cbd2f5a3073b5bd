import { runLike } from "../docker/oneOff.ts";
import { findContainer, type InsideOptions } from "./inside.ts";

/** Runs a command in a container of its own, with all that a service is handed, and exits as it does. */
export async function run(service: string, command: string[], options: InsideOptions): Promise<number> {
  const { docker, container } = await findContainer(service, options);
  return runLike(docker, container.Id, command.length > 0 ? command : ["sh"], process);
}
