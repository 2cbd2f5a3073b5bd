import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { VolumeLoad } from "./carrier.ts";
import { fingerprint } from "./hash.ts";
import { keptOnHost } from "./host.ts";
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
  /** What its name in the engine ends in. @default its name in the program */
  called?: string;
}

/**
 * A volume that belongs to a service's user. Docker makes volumes for root; its carrier gets a folder unpacked: a name
 * that ends in a slash is one (https://pkg.go.dev/archive/tar#Header), and it carries the owner to the volume's root.
 */
export function ownedVolume(
  name: string,
  args: OwnedVolumeArgs,
  opts: pulumi.CustomResourceOptions,
): VolumeLoad {
  const { scope, service, role, user, permissions = "0700", called = name } = args;
  // Named by stack and meaning, so that data is found again by a stack that has lost its state.
  const spec = { name: `${scope.stack}-${called}` };
  const { name: volume } = new docker.Volume(
    name,
    { ...spec, labels: labels(scope, service, role, fingerprint(spec)) },
    { ...(role === "data" ? keptOnHost(scope.host.onHost) : scope.host.onHost), ...opts },
  );
  const [owner, group] = user.split(":");
  return {
    volume,
    uploads: [
      { file: "", source: "/dev/null", owner, group, permissions },
      // Into an empty volume Docker copies the image's folder, and its owner with it.
      { file: ".berth", content: user, owner, group, permissions: "0400" },
    ],
  };
}
