import type * as pulumi from "@pulumi/pulumi";
import type { Mount } from "./containerSpec.ts";
import { DataFolder } from "./dataFolder.ts";
import { DataVolume } from "./dataVolume.ts";
import type { Scope } from "./scope.ts";

/** Where data is kept: a folder below this path of the machine, or a volume of the engine where there is none. */
export interface DataPlaceArgs {
  scope: Scope;
  service: string;
  user: string;
  /** Folder of the machine that holds a folder for each service. @default none: a volume */
  dataRoot?: string;
  /** See {@link DataVolume}. @default true */
  protect?: boolean;
}

/** A service's data as the source of a mount; the folder is named after the service. */
export function dataPlace(
  name: string,
  { dataRoot, protect, ...args }: DataPlaceArgs,
  parent: pulumi.Resource,
): Pick<Mount, "folder" | "volume"> {
  if (dataRoot === undefined)
    return { volume: new DataVolume(name, { ...args, protect }, { parent }).volumeName };
  const path = `${dataRoot}/${args.service}`;
  return { folder: new DataFolder(name, { ...args, path }, { parent }).folder };
}
