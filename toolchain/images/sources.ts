import { createHash } from "node:crypto";
import { cp, readdir, readFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** `images/` of this checkout. */
export const imagesFolder = fileURLToPath(new URL("../../images", import.meta.url));

/** What tools leave in a source folder; never an input of a build. */
const leftovers = new Set([
  "node_modules",
  "dist",
  "__pycache__",
  ".pytest_cache",
  ".venv",
  ".vite",
  "build-ca.pem",
  "pages",
]);

/** Paths of a folder's source files, sorted, relative to it. */
export async function sourceFiles(folder: string): Promise<string[]> {
  const files: string[] = [];
  const visit = async (directory: string): Promise<void> => {
    for (const entry of await readdir(directory, { withFileTypes: true })) {
      if (leftovers.has(entry.name)) continue;
      const path = join(directory, entry.name);
      if (entry.isDirectory()) await visit(path);
      else files.push(relative(folder, path));
    }
  };
  await visit(folder);
  return files.sort();
}

/** The same for the same names and contents, wherever the folder lies. */
export async function hashFolder(folder: string): Promise<string> {
  const hash = createHash("sha256");
  for (const file of await sourceFiles(folder)) {
    const content = await readFile(join(folder, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex").slice(0, 16);
}

export async function copySources(source: string, target: string): Promise<void> {
  await cp(source, target, {
    recursive: true,
    filter: (path) => path === source || !leftovers.has(basename(path)),
  });
}
