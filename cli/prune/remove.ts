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
 * somebody gave a second name. The names that a rollback gave it go first, for they would be such, and come back where
 * it stays. Resolves with the engine's reason where it keeps the image, and with nothing where the image is gone.
 */
export async function removeImage(
  docker: Docker,
  { id, names }: Pick<OldImage, "id" | "names">,
): Promise<string> {
  const tags = names.filter(isReleaseImage);
  for (const name of [...tags, id]) {
    const kept = await remove(docker, name);
    if (kept === "") continue;
    for (const tag of tags) await give(docker, id, tag);
    return kept;
  }
  return "";
}

async function give(docker: Docker, id: string, name: string): Promise<void> {
  const colon = name.lastIndexOf(":");
  await docker.getImage(id).tag({ repo: name.slice(0, colon), tag: name.slice(colon + 1) });
}

/** Without what it was made of: that may have lost its name, and be what a rollback or somebody else needs. */
async function remove(docker: Docker, name: string): Promise<string> {
  try {
    await docker.getImage(name).remove({ noprune: true });
    return "";
  } catch (error) {
    const status = isMap(error) ? error.statusCode : undefined;
    if (status === missing) return "";
    if (status !== conflict) throw error;
    return reasonOf(error);
  }
}
