import * as pulumi from "@pulumi/pulumi";
import { ownedVolume, type OwnedVolumeArgs } from "./ownedVolume.ts";

/**
 * A volume for what a running service shares with its helpers: a socket, a live configuration. Holds no data.
 *
 * @example
 * const socket = new SharedVolume("api-socket", { scope, service: "api", user: "1000:1000" });
 * const mount = { target: "/run/api", volume: socket.volumeName, readOnly: false };
 */
export class SharedVolume extends pulumi.ComponentResource {
  readonly volumeName: pulumi.Output<string>;

  constructor(name: string, args: Omit<OwnedVolumeArgs, "role">, opts?: pulumi.ComponentResourceOptions) {
    super("berth:components:SharedVolume", name, {}, opts);
    this.volumeName = ownedVolume(name, { ...args, role: "shared" }, { parent: this }).volumeName;
    this.registerOutputs();
  }
}
