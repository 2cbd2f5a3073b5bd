import { existsSync } from "node:fs";
import { open, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { userHome } from "../../toolchain/env.ts";
import { reasonOf, Refusal } from "../refusal.ts";
import { parseCheckpoint, type Checkpoint } from "./checkpoint.ts";

/** The folder of a file backend, without options such as `?no_tmp_dir=true`; nothing for the others. */
export function folderOf(backend: string): string | undefined {
  if (!backend.startsWith("file://")) return undefined;
  const path = backend.slice("file://".length).replace(/\?.*$/s, "");
  return path === "~" || path.startsWith("~/") ? join(userHome(), path.slice(1)) : path;
}

/** Where the engine's file backend keeps a stack (pulumi/pulumi pkg/backend/diy/store.go). */
export function checkpointFile(folder: string, stack: string): string {
  return join(folder, ".pulumi", "stacks", "berth", `${stack}.json`);
}

/**
 * Removes attributes files that a kill or a power cut left empty. The engine empties each such file
 * and then fills it (gocloud.dev blob/fileblob/attrs.go), reads an empty one as "failed to load checkpoint: EOF" for
 * ever, and does without one that isn't there.
 */
export async function removeBrokenAttributes(backend: string): Promise<void> {
  const folder = folderOf(backend);
  if (folder === undefined) return;
  const state = join(folder, ".pulumi");
  const names = await readdir(state, { recursive: true }).catch(() => []);
  const files = names.filter((name) => name.endsWith(".attrs")).map((name) => join(state, name));
  await Promise.all(
    files.map(async (file) => {
      if (await isBroken(file)) await rm(file, { force: true });
    }),
  );
}

/** Empty after a kill, full of zeros after a power cut; of a line of JSON either shows in its first character. */
async function isBroken(file: string): Promise<boolean> {
  const opened = await open(file).catch(() => undefined);
  if (opened === undefined) return false;
  try {
    const { bytesRead, buffer } = await opened.read(Buffer.alloc(1), 0, 1, 0);
    return bytesRead === 0 || buffer.toString() !== "{";
  } finally {
    await opened.close();
  }
}

/**
 * The stack's checkpoint, or nothing when there is no such stack. A file backend is read as it lies there, in a
 * millisecond; any other answers through the engine's `stack export`. Throws {@link Refusal} for a file that was cut
 * off, and for one that can't be read: there is a stack.
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
  const text = await readIfThere(file);
  if (text === undefined) return undefined;
  try {
    return parseCheckpoint(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new Refusal([
      `state: ${file} must be a whole checkpoint, got ${text.length} other characters; the engine's copy from the step before is ${file}.bak`,
    ]);
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new Refusal([`state: must be readable at ${file}, got "${reasonOf(error)}"`]);
  }
}
