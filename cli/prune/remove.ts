import type Docker from "dockerode";
import { isMap } from "../overrides.ts";
import { reasonOf } from "../refusal.ts";

/** What the engine says to an image that something still needs, or that is gone. */
const conflict = 409;
const missing = 404;

/**
 * Removes an image, never by force: the engine keeps one that a container uses, that another one is made of, or that
 * somebody gave a second name. Resolves with its reason then, and with nothing where the image is gone.
 */
export async function removeImage(docker: Docker, id: string): Promise<string> {
  try {
    await docker.getImage(id).remove();
    return "";
  } catch (error) {
    const status = isMap(error) ? error.statusCode : undefined;
    if (status === missing) return "";
    if (status !== conflict) throw error;
    return reasonOf(error);
  }
}
