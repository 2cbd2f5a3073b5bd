import { readFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseReference, plainName } from "../../lib/reference.ts";
import { PlainError } from "../../lib/plainError.ts";
import { isDigest } from "./client.ts";

export const lockName = "berth.lock.json";

/** Of this checkout, beside its stack files. */
export const lockFile = fileURLToPath(new URL(`../../${lockName}`, import.meta.url));

/** What each tag means to every run: plain name → digest. */
export type Locked = ReadonlyMap<string, string>;

/** Nothing is locked where there is no such file. Throws an error that names the fix for one that can't be read. */
export function readLock(file = lockFile): Locked {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return new Map();
    throw error;
  }
  return parseLock(text);
}

export function parseLock(text: string): Locked {
  const { version, images } = objectIn(text);
  if (version !== 1) throw broken(`version must be 1, got ${JSON.stringify(version)}`);
  if (typeof images !== "object" || images === null) throw broken("images must be a map of digests");
  const entries = Object.entries(images as Record<string, unknown>);
  return new Map(
    entries.map(([name, digest]): [string, string] => {
      if (typeof digest !== "string" || !isDigest(digest))
        throw broken(`images.${name} must be "sha256:<64 hex digits>", got ${JSON.stringify(digest)}`);
      return [name, digest];
    }),
  );
}

/** Sorted, a line an image, so that a change is a line in a review. */
export function lockText(locked: Locked): string {
  const images = Object.fromEntries([...locked].sort(([a], [b]) => (a < b ? -1 : 1)));
  return `${JSON.stringify({ version: 1, images }, undefined, 2)}\n`;
}

/** In one step, so that a run beside this one never reads half a file. */
export async function writeLock(locked: Locked, file = lockFile): Promise<void> {
  const next = `${file}.${process.pid}`;
  await writeFile(next, lockText(locked));
  await rename(next, file);
}

/** The digest that a reference stands for: its own, else the one that is locked; nothing for a tag that isn't. */
export function digestFor(reference: string, locked: Locked): string | undefined {
  const parsed = parseReference(reference);
  return parsed.digest ?? locked.get(plainName(parsed));
}

/** `name@digest`, as an engine pulls it. */
export function byDigest(reference: string, digest: string): string {
  return plainName({ ...parseReference(reference), digest });
}

function objectIn(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // A conflict that was left in it, for example.
  }
  throw broken("must be JSON");
}

function broken(rule: string): PlainError {
  return new PlainError(`${lockName}: ${rule}; git checkout ${lockName}, or delete it and run berth lock`);
}
