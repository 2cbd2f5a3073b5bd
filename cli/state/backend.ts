import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { parseCheckpoint, type Checkpoint } from "./checkpoint.ts";

/** The folder of a file backend; nothing for the others. */
export function folderOf(backend: string): string | undefined {
  if (!backend.startsWith("file://")) return undefined;
  const path = backend.slice("file://".length);
  return path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : path;
}

/** Where the engine's file backend keeps a stack (pulumi/pulumi pkg/backend/diy/store.go). */
export function checkpointFile(folder: string, stack: string): string {
  return join(folder, ".pulumi", "stacks", "berth", `${stack}.json`);
}

/**
 * The stack's checkpoint, or nothing when there is no such stack. A file backend is read as it lies there, in a
 * millisecond; any other answers through the engine's `stack export`.
 */
export async function readCheckpoint(
  backend: string,
  stack: string,
  exportStack: () => Promise<string | undefined>,
): Promise<Checkpoint | undefined> {
  const folder = folderOf(backend);
  if (folder === undefined || existsSync(`${checkpointFile(folder, stack)}.gz`)) {
    const text = await exportStack();
    return text === undefined ? undefined : parseCheckpoint(text);
  }
  const file = checkpointFile(folder, stack);
  return existsSync(file) ? parseCheckpoint(await readFile(file, "utf8")) : undefined;
}
