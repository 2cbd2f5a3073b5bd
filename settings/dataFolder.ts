import type { Kind } from "../components/hosts/kind.ts";
import { folderPath, isFolderPath, rule } from "../lib/rules.ts";
import type { SystemDefinition } from "../systems/define.ts";

/** A folder that outlives the machine, where machines of the kind are replaced. */
export function dataRootSchema({ system, kind }: { system: SystemDefinition; kind: Kind | undefined }) {
  const kept = kind?.dataFolder?.(system.name);
  if (kept === undefined) return folderPath;
  return rule(
    `must be ${kept} or below, which is on the data disk that a new machine takes over`,
    (value): value is string =>
      isFolderPath(value) && (value === "" || value === kept || value.startsWith(`${kept}/`)),
  );
}
