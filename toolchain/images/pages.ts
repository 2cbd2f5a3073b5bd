import { access, mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder } from "./cache.ts";
import { npm } from "./npm.ts";
import { copySources, hashFolder, imagesFolder } from "./sources.ts";
import { inWorkFolder } from "./workFolder.ts";

let building: Promise<string> | undefined;

/** The built front end: a folder of static files. Built once per change of its sources, with this machine's Node. */
export function frontEndPages(note: (text: string) => void): Promise<string> {
  building ??= buildPages(note).finally(() => (building = undefined));
  return building;
}

async function buildPages(note: (text: string) => void): Promise<string> {
  const sources = join(imagesFolder, "front-end");
  const cache = join(cacheFolder, "front-end");
  const target = join(cache, await hashFolder(sources));
  if (await isThere(target)) return target;

  await mkdir(cache, { recursive: true });
  await inWorkFolder(async (work) => {
    await copySources(sources, work);
    note("npm ci for the front end");
    await npm(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"], work);
    note("building the front end");
    await npm(["run", "build"], work);
    await rename(join(work, "dist"), target).catch(async (error: unknown) => {
      // Another process has built the same in the meantime.
      if (!(await isThere(target))) throw error;
    });
  });
  return target;
}

async function isThere(path: string): Promise<boolean> {
  return access(join(path, "index.html")).then(
    () => true,
    () => false,
  );
}
