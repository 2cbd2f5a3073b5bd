import type { Kind } from "../components/hosts/kind.ts";
import { folderPath, isFolderPath, rule } from "../lib/rules.ts";
import type { SystemDefinition } from "../systems/define.ts";

/**
 * Where a system that keeps its data in folders keeps them: where settings say, else where the host's kind says, else
 * the place of a server that the system's document names.
 */
export function dataRootOf(
  { dataRoot, hostKind, system }: { dataRoot: string; hostKind: Kind; system: string },
  stack: string,
): string {
  return dataRoot || (hostKind.dataRoot?.(system, stack) ?? `/opt/${system}-platform`);
}

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
