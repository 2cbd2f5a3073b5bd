import { realpath, rename, rm, stat, writeFile } from "node:fs/promises";

/**
 * Writes a file in one step: nobody reads half of it, and neither a kill nor a full disk costs what was there, such as a
 * stack's key. A link stays one. `mode` is the file's own, else that of a new one is its owner's alone.
 */
export async function replaceFile(file: string, content: string, mode?: number): Promise<void> {
  const place = await realpath(file).catch(() => file);
  const next = `${place}.${process.pid}`;
  const kept = await stat(place).then(
    (found) => found.mode,
    () => 0o600,
  );
  try {
    await writeFile(next, content, { mode: mode ?? kept });
    await rename(next, place);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
}
