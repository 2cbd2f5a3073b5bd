import { execAttached } from "../docker/attach.ts";
import { commandOrShell, findContainer, type InsideOptions } from "./inside.ts";

/** Runs a command in a service's container, a shell unless one is given, and exits as it does. */
export async function exec(service: string, command: string[], options: InsideOptions): Promise<number> {
  const found = await findContainer(service, options, { looks: true });
  const { docker, container } = found;
  const words = await commandOrShell(found, service, command);
  return execAttached(docker, container.Id, words, process);
}
