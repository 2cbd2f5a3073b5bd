import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { SettingsError } from "../../../lib/problems.ts";
import { settingsFrom } from "../../../settings.ts";

export const shop = join(import.meta.dirname, "../../../examples/shop/shop.ts");

/** A folder outside the checkout, with nothing installed. */
export let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-own-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** What is wrong with a system's file of this text, or with one that isn't there. */
export async function problemsOf(text: string | undefined, config: object = {}): Promise<readonly string[]> {
  if (text !== undefined) await writeFile(join(folder, "shop.ts"), text);
  const system = text === undefined ? "./nothing.ts" : "./shop.ts";
  try {
    await settingsFrom({ system, ...config }, folder);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

/** The shop with pieces of its text replaced; each has to be there. */
export async function changed(...changes: [old: string, replacement: string][]): Promise<readonly string[]> {
  let text = await readFile(shop, "utf8");
  for (const [old, replacement] of changes) {
    assert.ok(text.includes(old), old);
    text = text.replaceAll(old, replacement);
  }
  return await problemsOf(text);
}
