import { existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { join } from "node:path";
import type Docker from "dockerode";
import type { Connection } from "../../components/ssh/connection.ts";
import { RemoteError } from "../../components/ssh/errors.ts";
import { quote } from "../../components/machine/scripts.ts";
import { remote } from "../../components/ssh/session.ts";
import { bytes } from "../units.ts";
import { engineInfo, isLocal } from "./open.ts";

/** The fuller of the disks on which a machine's Docker Engine keeps images, containers and logs, and its volumes. */
export interface Disk {
  /** The machine's address, and this one's host name. */
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

/** Asks a machine's own file systems: over ssh where it is another than this one. */
export async function diskOf(docker: Docker, way?: Connection): Promise<Disk | UnseenDisk> {
  const { Name, DockerRootDir: folder } = await engineInfo(docker);
  const machine = way?.target.address ?? Name;
  if (way === undefined) {
    const room = await roomHere(folder);
    return room ? { machine, folder, ...room } : { machine, reason: "it isn't this machine's" };
  }
  // POSIX's columns, whatever the machine's language. Volumes may lie on a disk of their own, which root alone may see.
  const [own, both] = [quote(folder), `${quote(folder)} ${quote(`${folder}/volumes`)}`];
  const command = `s=; [ "$(id -u)" = 0 ] || s='sudo -n'; LC_ALL=C; export LC_ALL; $s df -Pk ${both} 2>/dev/null || df -Pk ${own} 2>&1 || :`;
  const answer = await remote(way, command, { deadline: 30 }).catch((error: unknown) => {
    if (error instanceof RemoteError) return error;
    throw error;
  });
  if (answer instanceof RemoteError) return { machine, reason: answer.message };
  const room = roomIn(answer);
  return room ? { machine, folder, ...room } : { machine, reason: `df said "${answer.trim()}"` };
}

type Room = Pick<Disk, "size" | "free">;

/** Bytes free where an engine keeps its data; nothing where that is on another machine. */
export async function roomHere(folder: string): Promise<Room | undefined> {
  if (!isLocal() || !existsSync(folder)) return undefined;
  const found = await Promise.all(
    [folder, join(folder, "volumes")].map((one) => statfs(one).catch(unlessMissing)),
  );
  return fuller(
    found.flatMap((one) => (one ? [{ size: one.blocks * one.bsize, free: one.bavail * one.bsize }] : [])),
  );
}

/** Only root may look into the engine's folder, and a new one has no volumes yet. */
function unlessMissing(error: unknown): undefined {
  const { code = "" } = error as { code?: string };
  if (!["ENOENT", "EACCES"].includes(code)) throw error;
}

/** What `df -Pk` says (https://pubs.opengroup.org/onlinepubs/9799919799/utilities/df.html): size, used, available, in KiB. */
export function roomIn(output: string): Room | undefined {
  const lines = [...output.matchAll(/\s(\d+)\s+\d+\s+(\d+)\s+\d+%\s/g)];
  return fuller(lines.map(([, size, free]) => ({ size: Number(size) * 1024, free: Number(free) * 1024 })));
}

function fuller(rooms: readonly Room[]): Room | undefined {
  return [...rooms].sort((a, b) => a.free / a.size - b.free / b.size)[0];
}

/** Whether there is room: `low` calls for somebody, `short` is too late for a database. */
export function roomLeft({ size, free }: Room): "enough" | "low" | "short" {
  if (free < leastFree) return "short";
  return free < size * lowShare ? "low" : "enough";
}

/** How much is left, and where it is little, what makes room. */
export function diskText(disk: Disk, stack: string): string {
  const { folder, size, free } = disk;
  const left = `${bytes(free)} of ${bytes(size)} free below ${folder}`;
  return roomLeft(disk) === "enough" ? left : `${left}; berth prune --stack ${stack} makes room`;
}
