import type * as pulumi from "@pulumi/pulumi";
import { carrier, type VolumeLoad } from "./carrier.ts";
import { formerlyIn, type Belonging } from "./former.ts";
import { ownedVolume, type OwnedVolumeArgs } from "./ownedVolume.ts";

export type SharedVolumeArgs = Omit<OwnedVolumeArgs, "role">;

const formerly = "berth:components:SharedVolume";

/** A volume for what a running service shares with its helpers: a socket, a live configuration. Holds no data. */
export function sharedVolume(name: string, args: SharedVolumeArgs, belonging: Belonging): VolumeLoad {
  return ownedVolume(name, { ...args, role: "shared" }, formerlyIn(formerly, name, belonging));
}

/**
 * A volume for what a running service shares with its helpers: a socket, a live configuration. Holds no data.
 *
 * @example
 * const socket = new SharedVolume("api-socket", { scope, service: "api", user: "1000:1000" });
 * const mount = { target: "/run/api", volume: socket.volumeName, readOnly: false };
 */
export class SharedVolume {
  readonly volumeName: pulumi.Output<string>;

  constructor(name: string, args: SharedVolumeArgs, belonging: Belonging = {}) {
    const { scope, service } = args;
    const loads = { shared: sharedVolume(name, args, belonging) };
    this.volumeName = carrier(`${name}-owner`, { scope, service, loads }, belonging).shared.volume;
  }
}
