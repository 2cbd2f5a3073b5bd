import { execAttached } from "../docker/attach.ts";
import { findContainer, type InsideOptions } from "./inside.ts";

/** Runs a command in a service's container, a shell unless one is given, and exits as it does. */
export async function exec(service: string, command: string[], options: InsideOptions): Promise<number> {
  const { docker, container } = await findContainer(service, options);
  return execAttached(docker, container.Id, command.length > 0 ? command : ["sh"], process);
}
