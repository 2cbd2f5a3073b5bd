import * as pulumi from "@pulumi/pulumi";
import { carrier, type FolderLoad } from "./carrier.ts";
import type { Belonging } from "./former.ts";
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
 */
export function dataFolder({ path, user, permissions = "0700" }: DataFolderArgs): FolderLoad {
  const [owner, group] = user.split(":");
  return {
    folder: pulumi.output(path),
    uploads: [{ file: "", source: "/dev/null", owner, group, permissions }],
  };
}

/**
 * A folder of the machine for several services to mount; it outlives everything, and nothing here ever deletes it.
 *
 * @example
 * const models = new DataFolder("models", { scope, service: "api", path: "/opt/shop/models", user: "1000:1000" });
 * const mount = { target: "/models", folder: models.folder };
 */
export class DataFolder {
  /** The path, which waits until the folder is there and has its owner. */
  readonly folder: pulumi.Output<string>;

  constructor(name: string, args: DataFolderArgs, belonging: Belonging = {}) {
    const { scope, service } = args;
    const loads = { data: dataFolder(args) };
    this.folder = carrier(`${name}-owner`, { scope, service, loads }, belonging).data.folder;
  }
}
