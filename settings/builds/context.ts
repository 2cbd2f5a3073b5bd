import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile, readlink, stat } from "node:fs/promises";
import { join } from "node:path";
import dockerignore from "@balena/dockerignore";

/** A folder that an image is built of, and what leaves files of it out. */
export interface SourceFolder {
  /** Absolute. */
  context: string;
  /** Absolute. */
  dockerfile: string;
}

/**
 * A hash of what a build sees of a folder: names, contents, links, and whether a file may be run; not who owns them or
 * when they changed, as a checkout of the same commit has them otherwise.
 */
export async function folderHash({ context, dockerfile }: SourceFolder): Promise<string> {
  const hash = createHash("sha256");
  const ignored = await ignoredBy({ context, dockerfile });
  // It counts, even where the context leaves it out.
  await addFile(hash, "Dockerfile", dockerfile);
  for (const path of await pathsOf(context, ignored)) await addEntry(hash, context, path);
  return hash.digest("hex");
}

/** The module is the function itself, which its types don't say. */
const ignore = dockerignore as unknown as typeof dockerignore.default;

interface Ignored {
  leavesOut: (path: string) => boolean;
  /** Whether a folder that is left out may hold what isn't. */
  takesBack: boolean;
}

/**
 * What the folder's rules leave out: those beside the Dockerfile come first
 * (https://docs.docker.com/build/concepts/context/#dockerignore-files).
 */
async function ignoredBy({ context, dockerfile }: SourceFolder): Promise<Ignored> {
  const rules = await readFile(`${dockerfile}.dockerignore`, "utf8")
    .catch(() => readFile(join(context, ".dockerignore"), "utf8"))
    .catch(() => "");
  const filter = ignore().add(rules);
  return { leavesOut: (path) => filter.ignores(path), takesBack: /^\s*!/m.test(rules) };
}

/** Files and links, sorted. */
async function pathsOf(context: string, { leavesOut, takesBack }: Ignored): Promise<string[]> {
  const found: string[] = [];
  const visit = async (folder: string): Promise<void> => {
    for (const entry of await readdir(join(context, folder), { withFileTypes: true })) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      const ignored = leavesOut(path);
      if (entry.isDirectory() && (!ignored || takesBack)) await visit(path);
      else if ((entry.isFile() || entry.isSymbolicLink()) && !ignored) found.push(path);
    }
  };
  await visit("");
  return found.sort();
}

async function addEntry(hash: Hash, context: string, path: string): Promise<void> {
  const file = join(context, path);
  const link = await readlink(file).catch(() => undefined);
  if (link !== undefined) hash.update(`link ${JSON.stringify([path, link])}\n`);
  else await addFile(hash, path, file);
}

async function addFile(hash: Hash, name: string, file: string): Promise<void> {
  const { mode, size } = await stat(file);
  hash.update(`file ${JSON.stringify([name, (mode & 0o111) !== 0, size])}\n`);
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
}
