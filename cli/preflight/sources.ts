import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Settings } from "../../settings.ts";
import { isMap } from "../overrides.ts";
import { root } from "../project.ts";

/** Folders that are to be mounted as source and aren't there: Docker would make them, empty and root's. */
export async function sourceProblems(development: unknown): Promise<string[]> {
  const problems = await Promise.all(
    Object.entries(isMap(development) ? development : {}).map(async ([name, source]) => {
      if (typeof source !== "string") return undefined;
      const found = await stat(resolve(root, source)).catch(() => undefined);
      return found?.isDirectory()
        ? undefined
        : `development.${name}: must be a folder of this machine, got "${source}"`;
    }),
  );
  return problems.filter((problem) => problem !== undefined);
}

/**
 * A folder of this machine for backups that is a file, or below one: Docker mounts the first and nothing can be written
 * into it. One that isn't there is made.
 */
export async function backupFolderProblem(backup: Settings["backup"]): Promise<string[]> {
  if (backup?.target.kind !== "folder") return [];
  const { folder } = backup.target;
  return stat(folder).then(
    (found) =>
      found.isDirectory() ? [] : [`backup.to: must be a folder of this machine, got the file "${folder}"`],
    (error: unknown) =>
      (error as NodeJS.ErrnoException).code === "ENOTDIR"
        ? [`backup.to: must be a folder of this machine, got "${folder}", below a file`]
        : [],
  );
}
