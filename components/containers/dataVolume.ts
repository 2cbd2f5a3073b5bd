import * as pulumi from "@pulumi/pulumi";
import { ownedVolume, type OwnedVolumeArgs } from "./ownedVolume.ts";

export interface DataVolumeArgs extends Omit<OwnedVolumeArgs, "role"> {
  /**
   * Whether a run that would take it out of a protected stack fails: false for what is worth keeping and not worth
   * stopping for, such as measurements. @default true
   */
  protect?: boolean;
}

/**
 * A volume that outlives its containers: protected, and kept by the engine when the stack lets go of it.
 *
 * @example
 * const data = new DataVolume("api-data", { scope, service: "api", user: "1000:1000" });
 * const mount = { target: "/data", volume: data.volumeName, readOnly: false };
 */
export class DataVolume extends pulumi.ComponentResource {
  readonly volumeName: pulumi.Output<string>;

  constructor(
    name: string,
    { protect = true, ...args }: DataVolumeArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("berth:components:DataVolume", name, {}, opts);
    const keep = args.scope.protectData;
    const own = ownedVolume(
      name,
      { ...args, role: "data" },
      { parent: this, protect: keep && protect, retainOnDelete: keep },
    );
    this.volumeName = own.volumeName;
    this.registerOutputs();
  }
}
