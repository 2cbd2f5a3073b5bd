import { constants } from "node:fs";
import { open, readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type Docker from "dockerode";
import type { VolumeInspectInfo } from "dockerode";
import type { ArchivedFile } from "./archive.ts";
import { engineInfo, isHere, type EngineInfo } from "./open.ts";

/** The part of `GET /volumes` that says when its folder last changed, to a second. */
type Volume = VolumeInspectInfo & { CreatedAt?: string };

type Reader = (volume: VolumeInspectInfo) => Promise<ArchivedFile[] | undefined>;

/**
 * Reads the plain files of an engine's volumes from this machine's disk, where they lie as containers see them: asked
 * for them, the engine starts itself anew for each volume, which takes a tenth of a second. Nothing of one that can't be
 * read so: of another machine's, of an engine whose users aren't the machine's, or without root's powers.
 */
export async function volumesHere(docker: Docker): Promise<Reader> {
  const may = isHere(docker) && (await isRoot()) && hasOwnUsers(await engineInfo(docker));
  return async (volume) => (may && isPlain(volume) ? await filesOf(volume) : undefined);
}

/** Root of the machine, and not of a container whose users are others outside (user_namespaces(7)). */
async function isRoot(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  const map = await readFile("/proc/self/uid_map", "utf8").catch(() => "");
  return /^\s*0\s+0\s+4294967295\s*$/.test(map);
}

/** Whether a file's owner is the same inside and outside (https://docs.docker.com/engine/security/userns-remap/). */
function hasOwnUsers({ SecurityOptions }: EngineInfo): boolean {
  return SecurityOptions?.every((option) => !/^name=(?:rootless|userns)\b/.test(option)) ?? false;
}

/** A folder of the engine's own; of another kind it may lie elsewhere, or be mounted only for who uses it. */
function isPlain({ Driver, Options }: VolumeInspectInfo): boolean {
  return Driver === "local" && Object.keys(Options ?? {}).length === 0;
}

async function filesOf(volume: Volume): Promise<ArchivedFile[] | undefined> {
  const { Mountpoint } = volume;
  try {
    // An engine in a virtual machine may name a folder that this machine has too.
    if (!(await isSame(volume))) return undefined;
    const entries = await readdir(Mountpoint, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    return await Promise.all(files.map(({ parentPath, name }) => fileAt(Mountpoint, join(parentPath, name))));
  } catch {
    return undefined;
  }
}

/** Engines before 25 or so tell the time of the folder itself, later ones of the one around (moby volume/local). */
async function isSame({ Mountpoint, CreatedAt = "" }: Volume): Promise<boolean> {
  const made = Date.parse(CreatedAt) / 1000;
  const folders = await Promise.all(
    [Mountpoint, dirname(Mountpoint)].map((folder) => stat(folder, { bigint: true })),
  );
  return folders.some(({ ctimeNs }) => seconds(ctimeNs) === made);
}

/** Neither follows a link nor waits at a pipe that somebody puts in the file's place meanwhile. */
async function fileAt(folder: string, path: string): Promise<ArchivedFile> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const opened = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const { uid, gid, mtimeNs } = await opened.stat({ bigint: true });
    const content = await opened.readFile("utf8");
    return {
      name: path.slice(folder.length + 1),
      content,
      owner: `${uid}:${gid}`,
      changed: seconds(mtimeNs),
    };
  } finally {
    await opened.close();
  }
}

function seconds(nanoseconds: bigint): number {
  return Number(nanoseconds / 1_000_000_000n);
}
