import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Mount } from "./containerSpec.ts";
import { fingerprint } from "./hash.ts";
import { known } from "./known.ts";
import { labels } from "./labels.ts";
import type { Scope } from "./scope.ts";

export interface ImageFoldersArgs {
  scope: Scope;
  service: string;
  image: pulumi.Input<string>;
  /** Where each of the image's folders is found in another container. */
  folders: readonly [ImageFolder, ...ImageFolder[]];
}

export interface ImageFolder {
  path: string;
  target: string;
  /** Docker's name of the volume. @default one that nothing else has */
  volumeName?: pulumi.Input<string>;
}

/**
 * Folders of one image, as read-only mounts in containers of another. Into an empty volume Docker copies the image's
 * folder when a container is made with it
 * (https://docs.docker.com/engine/storage/volumes/#populate-a-volume-using-a-container); that one is never started.
 */
export function imageFolders(
  name: string,
  { scope, service, image, folders }: ImageFoldersArgs,
  { parent }: { parent?: pulumi.Resource },
): [Mount, ...Mount[]] {
  const hash = pulumi.unsecret(pulumi.output({ image }).apply(fingerprint));
  const about = labels(scope, service, "files", hash);
  const options = { parent, ...scope.host.onHost, deleteBeforeReplace: false };
  const [first, ...others] = folders;
  const volumeOf = ({ path, volumeName }: ImageFolder, ending = "") => {
    // Beside another of its name there is no place for one: it is made anew with another name, and not with the image.
    const given = { labels: labels(scope, service, "files"), name: volumeName };
    const made = volumeName === undefined ? { labels: about } : given;
    const { name: volume } = new docker.Volume(`${name}${ending}`, made, options);
    return { path, volume };
  };
  const volumes = [
    volumeOf(first),
    ...others.map((folder) => volumeOf(folder, folder.path.replaceAll("/", "-"))),
  ];
  const carrier = new docker.Container(
    name,
    {
      image,
      command: ["true"],
      start: false,
      mustRun: false,
      networkMode: "none",
      mounts: volumes.map(({ path, volume }) => ({ type: "volume", source: volume, target: path })),
      logDriver: "none",
      labels: about,
    },
    { ...options, replaceOnChanges: ["#initerror"] },
  );
  const mountOf = ({ path, target }: ImageFolder): Mount => ({
    target,
    volume: known(volumes.find((each) => each.path === path)?.volume ?? "", carrier),
  });
  return [mountOf(first), ...others.map(mountOf)];
}
