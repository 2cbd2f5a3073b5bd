import type { Load } from "./carrier.ts";
import { dataFolder } from "./dataFolder.ts";
import { dataVolume } from "./dataVolume.ts";
import type { Belonging } from "./former.ts";
import type { Scope } from "./scope.ts";

/** Where data is kept: a folder below this path of the machine, or a volume of the engine where there is none. */
export interface DataPlaceArgs {
  scope: Scope;
  service: string;
  user: string;
  /** Folder of the machine that holds a folder for each service. @default none: a volume */
  dataRoot?: string;
  /** See {@link dataVolume}. @default true */
  protect?: boolean;
}

/** A service's data; the folder is named after the service. */
export function dataPlace(
  name: string,
  { dataRoot, protect, ...args }: DataPlaceArgs,
  belonging: Belonging,
): Load {
  if (dataRoot === undefined) return dataVolume(name, { ...args, protect }, belonging);
  return dataFolder({ ...args, path: `${dataRoot}/${args.service}` });
}
