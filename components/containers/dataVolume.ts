import type * as pulumi from "@pulumi/pulumi";
import { carrier, type VolumeLoad } from "./carrier.ts";
import { formerlyIn, type Belonging } from "./former.ts";
import { ownedVolume, type OwnedVolumeArgs } from "./ownedVolume.ts";

export interface DataVolumeArgs extends Omit<OwnedVolumeArgs, "role"> {
  /**
   * Whether a run that would take it out of a protected stack fails: false for what is worth keeping and not worth
   * stopping for, such as measurements. @default true
   */
  protect?: boolean;
}

const formerly = "berth:components:DataVolume";

/** A volume that outlives its containers: protected, and kept by the engine when the stack lets go of it. */
export function dataVolume(
  name: string,
  { protect = true, ...args }: DataVolumeArgs,
  belonging: Belonging,
): VolumeLoad {
  const keep = args.scope.protectData;
  const kept = { protect: keep && protect, retainOnDelete: keep };
  const options = { ...formerlyIn(formerly, name, belonging), ...kept };
  return ownedVolume(name, { ...args, role: "data" }, options);
}

/**
 * A volume that outlives its containers: protected, and kept by the engine when the stack lets go of it.
 *
 * @example
 * const data = new DataVolume("api-data", { scope, service: "api", user: "1000:1000" });
 * const mount = { target: "/data", volume: data.volumeName, readOnly: false };
 */
export class DataVolume {
  readonly volumeName: pulumi.Output<string>;

  constructor(name: string, args: DataVolumeArgs, belonging: Belonging = {}) {
    const { scope, service } = args;
    const loads = { data: dataVolume(name, args, belonging) };
    this.volumeName = carrier(`${name}-owner`, { scope, service, loads }, belonging).data.volume;
  }
}
