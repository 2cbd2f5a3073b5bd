import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import { fingerprint } from "./hash.ts";
import { known } from "./known.ts";
import { keptOnHost } from "../hosts/host.ts";
import { labels, type Role } from "./labels.ts";
import type { Scope } from "./scope.ts";

export interface OwnedVolumeArgs {
  scope: Scope;
  service: string;
  /** `uid:gid` that may write into it. */
  user: string;
  role: Extract<Role, "data" | "shared">;
  /** Of its top folder: `0755` lets the processes of other users that mount it read. @default "0700" */
  permissions?: string;
}

/**
 * A volume that belongs to a service's user. Docker makes volumes for root; instead of a process with root's
 * powers, a container that is never started gets a folder unpacked: a name that ends in a slash is one
 * (https://pkg.go.dev/archive/tar#Header), and it carries the owner to the volume's root.
 */
export function ownedVolume(name: string, args: OwnedVolumeArgs, opts: pulumi.CustomResourceOptions) {
  const { scope, service, role } = args;
  // Named by stack and meaning, so that data is found again by a stack that has lost its state.
  const spec = { name: `${scope.stack}-${name}` };
  const { protect, retainOnDelete, ...child } = opts;
  const volume = new docker.Volume(
    name,
    { ...spec, labels: labels(scope, service, role, fingerprint(spec)) },
    {
      ...child,
      ...(role === "data" ? keptOnHost(scope.host.onHost) : scope.host.onHost),
      protect,
      retainOnDelete,
    },
  );
  const [owner, group] = args.user.split(":");
  const setOwner = new docker.Container(
    `${name}-owner`,
    {
      image: scope.filesImage,
      command: ["true"],
      start: false,
      mustRun: false,
      networkMode: "none",
      mounts: [{ type: "volume", source: volume.name, target: "/volume" }],
      uploads: [
        { file: "/volume/", source: "/dev/null", owner, group, permissions: args.permissions ?? "0700" },
        // Into an empty volume Docker copies the image's folder, and its owner with it.
        { file: "/volume/.berth", content: args.user, owner, group, permissions: "0400" },
      ],
      logDriver: "none",
      labels: labels(scope, service, "files", fingerprint(args.user)),
    },
    {
      ...child,
      ...scope.host.onHost,
      deleteBeforeReplace: false,
      ignoreChanges: ["image"],
      replaceOnChanges: ["#initerror"],
    },
  );
  return { volumeName: known(spec.name, setOwner), volume };
}
