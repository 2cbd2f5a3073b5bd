import type { Kind } from "../components/hosts/kind.ts";

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
