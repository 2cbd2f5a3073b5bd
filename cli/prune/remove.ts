import type Docker from "dockerode";
import { isReleaseImage } from "../../lib/releaseImage.ts";
import { isMap } from "../overrides.ts";
import { reasonOf } from "../refusal.ts";
import type { OldImage } from "./images.ts";

/** What the engine says to an image that something still needs, or that is gone. */
const conflict = 409;
const missing = 404;

/**
 * Removes an image, never by force: the engine keeps one that a container uses, that another one is made of, or that
 * somebody gave a second name. The names that a rollback gave it go first, for they would be such. Resolves with the
 * engine's reason where it keeps the image, and with nothing where the image is gone.
 */
export async function removeImage(
  docker: Docker,
  { id, names }: Pick<OldImage, "id" | "names">,
): Promise<string> {
  const tags = names.filter(isReleaseImage);
  for (const name of [...tags, id]) {
    const kept = await remove(docker, name);
    if (kept !== "") return kept;
  }
  return "";
}

async function remove(docker: Docker, name: string): Promise<string> {
  try {
    await docker.getImage(name).remove();
    return "";
  } catch (error) {
    const status = isMap(error) ? error.statusCode : undefined;
    if (status === missing) return "";
    if (status !== conflict) throw error;
    return reasonOf(error);
  }
}
