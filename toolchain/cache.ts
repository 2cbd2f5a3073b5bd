import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import envPaths from "env-paths";
import { isAlive } from "./lock.ts";
import type { Tool } from "./tools.ts";

const paths = envPaths("berth", { suffix: "" });

/** Everything here can be deleted; the next run makes it again. */
export const toolsFolder = join(paths.cache, "tools");
export const logFolder = paths.log;

/** In a folder that holds a binary of ours, and so in the engine's plugin folder: the hash of its sources. */
export const MARK = "berth-built";

/** Eight hex digits that change when what is built changes. */
export function sourceHash(tool: Tool): string {
  const hash = createHash("sha256").update(
    [tool.version, process.platform, process.arch, ...tool.build].join("\0"),
  );
  const files = readdirSync(tool.folder, { recursive: true, encoding: "utf8" }).sort();
  for (const file of files.filter((name) => /\.(go|mod|sum)$/.test(name)))
    hash.update(`\0${file}\0`).update(readFileSync(join(tool.folder, file)));
  return hash.digest("hex").slice(0, 8);
}

/** Where a built tool lies; a folder of this name is always whole. */
export function builtFolder(tool: Tool): string {
  return join(toolsFolder, `${tool.name}-${tool.version}-built-${sourceHash(tool)}`);
}

/** Where a downloaded CLI lies; a folder of this name is always whole. */
export function downloadedFolder(tool: Tool): string {
  return join(toolsFolder, `${tool.name}-${tool.version}-downloaded`);
}

export function has(folder: string, tool: Tool): boolean {
  return existsSync(join(folder, tool.file));
}

/**
 * Makes a folder appear whole or not at all: `fill` works beside it, and a rename ends it. What killed runs left
 * is removed first; a child process of theirs that still writes does no harm, for a draft's name holds its run's pid.
 */
export async function publish(
  folder: string,
  tool: Tool,
  fill: (draft: string) => Promise<void>,
): Promise<void> {
  await sweep(dirname(folder));
  const draft = `${folder}.${process.pid}.part`;
  await mkdir(draft, { recursive: true });
  await fill(draft);
  const binary = await open(join(draft, tool.file), "r");
  await binary.sync().finally(() => binary.close());
  if (has(folder, tool)) await rm(draft, { recursive: true });
  else await rename(draft, folder);
}

async function sweep(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) {
    const maker = /\.(\d+)\.part$/.exec(name)?.[1];
    if (maker === undefined || isAlive(Number(maker))) continue;
    await rm(join(folder, name), { recursive: true, force: true });
  }
}
