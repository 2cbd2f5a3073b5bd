import { stat } from "node:fs/promises";
import { resolve } from "node:path";
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
