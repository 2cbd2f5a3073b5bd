import type Docker from "dockerode";
import type { Container, ContainerCreateOptions } from "dockerode";
import { Refusal } from "../refusal.ts";

/** Makes a container. Throws {@link Refusal} where a folder of the machine that it mounts isn't there. */
export async function created(docker: Docker, options: ContainerCreateOptions): Promise<Container> {
  try {
    return await docker.createContainer(options);
  } catch (error) {
    const [, folder] = /bind source path does not exist: (.+?)\s*$/m.exec(String(error)) ?? [];
    if (folder === undefined) throw error;
    throw new Refusal([
      `${folder}: must be a folder of the machine, got none; mount it again, or where berth:backup.to names it, set another and run berth up`,
    ]);
  }
}
