import type Docker from "dockerode";
import type { ContainerInfo, ImageInfo } from "dockerode";

/** The same containers, each with its image's name where the engine has one: they run by id, which tells nobody anything. */
export async function withImageNames(
  docker: Docker,
  containers: readonly ContainerInfo[],
): Promise<ContainerInfo[]> {
  const images = await docker.listImages();
  const names = new Map(images.map((image) => [image.Id, nameOf(image)]));
  return containers.map((container) => ({
    ...container,
    Image: names.get(container.ImageID) ?? container.Image,
  }));
}

/** Its tag, or its digest where it was pulled by one. Old engines say `<none>`, or null, whatever the types say. */
function nameOf({ RepoTags, RepoDigests }: ImageInfo): string | undefined {
  const names = [RepoTags, RepoDigests].flatMap((list) => (list as string[] | null) ?? []);
  return names.find((name) => !name.startsWith("<none>"));
}
