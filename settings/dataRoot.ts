import { join } from "node:path";
import envPaths from "env-paths";
import type { HostKind } from "../components/hosts/host.ts";

/**
 * Where a system that keeps its data in folders keeps them when settings name no place: on a server the place its
 * document names, on a laptop a folder of the user's, one for each stack.
 */
export function defaultDataRoot(kind: HostKind, system: string, stack: string): string {
  return kind === "local"
    ? join(envPaths("berth", { suffix: "" }).data, "data", stack, system)
    : `/opt/${system}-platform`;
}
