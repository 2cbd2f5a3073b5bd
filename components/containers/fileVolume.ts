import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { fingerprint } from "./hash.ts";
import { known } from "./known.ts";
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
}

/**
 * Config and secret files as a volume of their own: a changed file makes a new volume and so a new
 * container, the same on a laptop and over ssh. The container that carries them is never started, because the
 * engine unpacks uploads into the volumes of a stopped container too.
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
export class FileVolume extends pulumi.ComponentResource {
  readonly volumeName: pulumi.Output<string>;

  constructor(name: string, args: FileVolumeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:components:FileVolume", name, {}, opts);
    const { scope, service } = args;
    const hash = pulumi.unsecret(pulumi.output({ files: args.files, user: args.user }).apply(fingerprint));
    const volume = new docker.Volume(
      name,
      // Named by the engine, each one anew: after a failed run the files of before come back while their old volume
      // still waits for its removal, and a name that says the content would be both.
      { labels: labels(scope, service, "files", hash) },
      { parent: this, ...scope.host.onHost, deleteBeforeReplace: false },
    );
    const [owner, group] = args.user.split(":");
    const writer = new docker.Container(
      name,
      {
        image: scope.filesImage,
        command: ["true"],
        start: false,
        mustRun: false,
        networkMode: "none",
        mounts: [{ type: "volume", source: volume.name, target: filesFolder }],
        uploads: Object.entries(args.files).map(([file, content]) => ({
          file: `${filesFolder}/${file}`,
          content,
          owner,
          group,
          permissions: "0400",
        })),
        logDriver: "none",
        labels: labels(scope, service, "files", hash),
      },
      {
        parent: this,
        ...scope.host.onHost,
        deleteBeforeReplace: false,
        ignoreChanges: ["image"],
        replaceOnChanges: ["#initerror"],
      },
    );
    this.volumeName = known(volume.name, writer);
    this.registerOutputs();
  }
}
