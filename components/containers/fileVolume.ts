import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { carrier, type VolumeLoad } from "./carrier.ts";
import { formerlyIn, type Belonging } from "./former.ts";
import { fingerprint } from "./hash.ts";
import { labels } from "./labels.ts";
import type { Scope } from "./scope.ts";

/** Where a service finds its files, read-only. */
export const filesFolder = "/etc/berth";

export interface FileVolumeArgs {
  scope: Scope;
  service: string;
  /** `uid:gid` that owns the files. */
  user: string;
  /** Name below {@link filesFolder} → content. Each is readable by its owner alone. */
  files: Record<string, pulumi.Input<string>>;
  /** What has to change to make another volume; when others do, the one that is mounted gets them. @default files */
  identity?: Record<string, pulumi.Input<string>>;
}

/**
 * Config and secret files as a volume of their own: a changed file makes a new volume and so a new container of
 * whoever mounts it, and of nobody else.
 */
export function fileVolume(name: string, args: FileVolumeArgs, belonging: Belonging): VolumeLoad {
  const { scope, service, files, user, identity = files } = args;
  const hash = pulumi.unsecret(pulumi.output({ files: identity, user }).apply(fingerprint));
  const { name: volume } = new docker.Volume(
    name,
    // Named by the engine, each one anew: after a failed run the files of before come back while their old volume
    // still waits for its removal, and a name that says the content would be both.
    { labels: labels(scope, service, "files", hash) },
    {
      ...formerlyIn("berth:components:FileVolume", name, belonging),
      ...scope.host.onHost,
      deleteBeforeReplace: false,
    },
  );
  return { volume, uploads: uploadsOf(files, user) };
}

/** Files of a load, each readable by `user` (`uid:gid`) alone. */
export function uploadsOf(files: FileVolumeArgs["files"], user: string): VolumeLoad["uploads"] {
  const [owner, group] = user.split(":");
  return Object.entries(files).map(([file, content]) => ({
    file,
    content,
    owner,
    group,
    permissions: "0400",
  }));
}

/**
 * A {@link fileVolume} with a carrier of its own.
 *
 * @example
 * const key = new GeneratedSecret("api-key", { protect: true });
 * const files = new FileVolume("api-files", {
 *   scope,
 *   service: "api",
 *   user: "1000:1000",
 *   files: { secret_key: key.value, "api.ini": "level = info" },
 * });
 * const mount = { target: filesFolder, volume: files.volumeName };
 */
export class FileVolume {
  readonly volumeName: pulumi.Output<string>;

  constructor(name: string, args: FileVolumeArgs, belonging: Belonging = {}) {
    const { scope, service } = args;
    const loads = { files: fileVolume(name, args, belonging) };
    this.volumeName = carrier(name, { scope, service, loads }, belonging).files.volume;
  }
}
