import { existsSync } from "node:fs";
import type { Settings } from "../../settings.ts";
import { dataRootOf } from "../../settings/dataRoot.ts";
import type { Leftover } from "./leftovers.ts";

/**
 * The folder in which a system keeps its data, where it keeps any in folders: nothing ever deletes one. With `--data` a
 * cloud's disk goes, and the folder with it. `isThere` is asked of folders of this machine alone.
 */
export function keptFolder(
  settings: Settings,
  {
    stack,
    data,
    isThere = existsSync,
  }: { stack: string; data: boolean; isThere?: (path: string) => boolean },
): Leftover[] {
  const { definition, hostKind } = settings;
  if (definition.folders !== true) return [];
  if (data && hostKind.dataFolder !== undefined) return [];
  const root = dataRootOf(settings, stack);
  if (hostKind.thisMachine !== undefined && !isThere(root)) return [];
  return [{ kind: "folder", id: root, name: root, data: true }];
}
