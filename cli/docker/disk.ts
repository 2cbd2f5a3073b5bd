import { existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import type Docker from "dockerode";
import type { Connection } from "../../components/ssh/connection.ts";
import { RemoteError } from "../../components/ssh/errors.ts";
import { quote } from "../../components/machine/scripts.ts";
import { remote } from "../../components/ssh/session.ts";
import { bytes } from "../units.ts";
import { engineInfo, isLocal } from "./open.ts";

/** The disk on which a machine's Docker Engine keeps images, containers, volumes and logs. */
export interface Disk {
  /** The machine's host name. */
  machine: string;
  folder: string;
  /** In bytes, as those that are free. */
  size: number;
  free: number;
}

/** One that can't be looked at, and why. */
export interface UnseenDisk {
  machine: string;
  reason: string;
}

/** Bytes. Less than this and a database's first write may fail. */
export const leastFree = 2 * 1024 ** 3;
/** Of a disk. Less than this and it is time to make room. */
const lowShare = 0.1;

/** Asks a machine's own file system: over ssh where it is another than this one. */
export async function diskOf(docker: Docker, way?: Connection): Promise<Disk | UnseenDisk> {
  const { Name: machine, DockerRootDir: folder } = await engineInfo(docker);
  if (way === undefined) {
    const room = await roomHere(folder);
    return room ? { machine, folder, ...room } : { machine, reason: "it isn't this machine's" };
  }
  // POSIX's columns, whatever the machine's language.
  const command = `LC_ALL=C df -Pk ${quote(folder)}`;
  const answer = await remote(way, command, { deadline: 30 }).catch((error: unknown) => {
    if (error instanceof RemoteError) return error;
    throw error;
  });
  if (answer instanceof RemoteError) return { machine, reason: answer.message };
  const room = roomIn(answer);
  return room ? { machine, folder, ...room } : { machine, reason: `df said "${answer.trim()}"` };
}

/** Bytes free where an engine keeps its data; nothing where that is on another machine. */
export async function roomHere(folder: string): Promise<Pick<Disk, "size" | "free"> | undefined> {
  if (!isLocal() || !existsSync(folder)) return undefined;
  const { blocks, bavail, bsize } = await statfs(folder);
  return { size: blocks * bsize, free: bavail * bsize };
}

/** What `df -Pk` says (https://pubs.opengroup.org/onlinepubs/9799919799/utilities/df.html): size, used, available, in KiB. */
export function roomIn(output: string): Pick<Disk, "size" | "free"> | undefined {
  const [, size, free] = /\s(\d+)\s+\d+\s+(\d+)\s+\d+%\s/.exec(output) ?? [];
  return size === undefined || free === undefined
    ? undefined
    : { size: Number(size) * 1024, free: Number(free) * 1024 };
}

/** Whether there is room: `low` calls for somebody, `short` is too late for a database. */
export function roomLeft({ size, free }: Pick<Disk, "size" | "free">): "enough" | "low" | "short" {
  if (free < leastFree) return "short";
  return free < size * lowShare ? "low" : "enough";
}

/** How much is left, and where it is little, what makes room. */
export function diskText(disk: Disk, stack: string): string {
  const { folder, size, free } = disk;
  const left = `${bytes(free)} of ${bytes(size)} free below ${folder}`;
  return roomLeft(disk) === "enough" ? left : `${left}; berth prune --stack ${stack} makes room`;
}
