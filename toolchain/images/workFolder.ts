import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { isAlive } from "../lock.ts";
import { cacheFolder } from "./cache.ts";

/** Runs `work` in an empty folder that is gone afterwards; what an interrupted run left behind goes too. */
export async function inWorkFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const parent = join(cacheFolder, "work");
  await mkdir(parent, { recursive: true });
  for (const name of await readdir(parent)) {
    if (!isAlive(Number.parseInt(name, 10))) await rm(join(parent, name), { recursive: true, force: true });
  }
  const folder = await mkdtemp(join(parent, `${process.pid}-`));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
