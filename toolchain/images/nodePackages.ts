import { cp, mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder } from "./cache.ts";
import { npm } from "./npm.ts";
import { copySources, hashFolder, imagesFolder } from "./sources.ts";
import { inWorkFolder } from "./workFolder.ts";

/** Node's binary and npm for the stand-in of node:22-slim: a folder with `node` and `npm`, fetched once. */
export async function nodePackages(note: (text: string) => void): Promise<string> {
  const sources = join(imagesFolder, "node");
  const cache = join(cacheFolder, "node");
  const target = join(cache, `${process.arch}-${await hashFolder(sources)}`);
  if ((await readdir(target).catch(() => [])).length > 0) return target;

  await mkdir(cache, { recursive: true });
  await inWorkFolder(async (work) => {
    note("npm install of Node");
    await copySources(sources, work);
    const plain = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"];
    await npm(["install", ...plain, "--os=linux"], work);
    const modules = join(work, "node_modules");
    const platform = (await readdir(modules)).find((name) => name.startsWith("node-linux-"));
    if (platform === undefined) throw new Error(`there is no Node package for ${process.arch}`);
    const result = join(work, "result");
    await cp(join(modules, platform, "bin", "node"), join(result, "node"));
    await cp(join(modules, "npm"), join(result, "npm"), { recursive: true });
    await rm(target, { recursive: true, force: true });
    await rename(result, target);
  });
  return target;
}
