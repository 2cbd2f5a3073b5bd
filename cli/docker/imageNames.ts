import type Docker from "dockerode";
import type { ContainerInfo, ImageInfo } from "dockerode";
import { serviceOf } from "./owned.ts";

/**
 * The same containers, each with its image's name where the engine has one: they run by id, which tells nobody
 * anything. Of several names the one that the service's settings have, `wanted`.
 */
export async function withImageNames(
  docker: Docker,
  containers: readonly ContainerInfo[],
  wanted: Readonly<Record<string, { image: string } | undefined>> = {},
): Promise<ContainerInfo[]> {
  const images = await docker.listImages();
  const names = new Map(images.map((image) => [image.Id, namesOf(image)]));
  return containers.map((container) => {
    const own = names.get(container.ImageID) ?? [];
    const set = wanted[serviceOf(container)]?.image;
    const name = own.find((one) => one === set) ?? own[0];
    return { ...container, Image: name ?? container.Image };
  });
}

/** Tags, then digests it was pulled by. Old engines say `<none>`, or null, whatever the types say. */
export function namesOf({ RepoTags, RepoDigests }: Pick<ImageInfo, "RepoTags" | "RepoDigests">): string[] {
  const names = [RepoTags, RepoDigests].flatMap((list) => (list as string[] | null | undefined) ?? []);
  return names.filter((name) => !name.startsWith("<none>"));
}
