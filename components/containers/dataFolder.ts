import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { fingerprint } from "./hash.ts";
import { known } from "./known.ts";
import { labels } from "./labels.ts";
import type { Scope } from "./scope.ts";

export interface DataFolderArgs {
  scope: Scope;
  service: string;
  /** Absolute path on the machine; made with all above it where it isn't there. */
  path: string;
  /** `uid:gid` that owns it. */
  user: string;
  /** `0755` lets the processes of other users that mount it read. @default "0700" */
  permissions?: string;
}

/**
 * A folder of the machine that belongs to a service's user and outlives everything: nothing here ever deletes it.
 * Nobody has to log in to make it. The engine makes the folder of a bind when a file is unpacked into its container,
 * which is never started (moby/moby volume/mounts/mounts.go, Setup); the unpacked name that ends in a slash is the
 * folder itself, and carries its owner.
 *
 * @example
 * const models = new DataFolder("models", { scope, service: "api", path: "/opt/shop/models", user: "1000:1000" });
 * const mount = { target: "/models", folder: models.folder };
 */
export class DataFolder extends pulumi.ComponentResource {
  /** The path, known once the folder is there and has its owner. */
  readonly folder: pulumi.Output<string>;

  constructor(name: string, args: DataFolderArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:components:DataFolder", name, {}, opts);
    const { scope, service, path, user, permissions = "0700" } = args;
    const [owner, group] = user.split(":");
    const setOwner = new docker.Container(
      `${name}-owner`,
      {
        image: scope.filesImage,
        command: ["true"],
        start: false,
        mustRun: false,
        networkMode: "none",
        volumes: [{ hostPath: path, containerPath: "/folder" }],
        uploads: [{ file: "/folder/", source: "/dev/null", owner, group, permissions }],
        logDriver: "none",
        labels: labels(scope, service, "files", fingerprint({ path, user, permissions })),
      },
      {
        parent: this,
        ...scope.host.onHost,
        deleteBeforeReplace: false,
        ignoreChanges: ["image"],
        replaceOnChanges: ["#initerror"],
      },
    );
    this.folder = known(path, setOwner);
    this.registerOutputs();
  }
}
