import { execa } from "execa";
import { standinImage } from "./image.ts";

/** A disk that outlives machines: a file in a volume of this machine's Docker, a loop device in each stand-in. */
export interface DataDisk {
  /** Begins with `sshtest-`. */
  volume: string;
  /** What the machine calls it, such as `/dev/disk/by-id/google-data`. */
  device: string;
}

/** Where a stand-in has the volume. */
export const diskFolder = "/standin-disk";
const file = `${diskFolder}/disk.img`;

/** Makes a disk of that many MiB; `fill` is a shell script that may write to the file, which is empty. */
export async function makeDisk({ volume }: DataDisk, mebibytes: number, fill = "true"): Promise<void> {
  await removeDisk({ volume });
  const script = `truncate -s ${mebibytes}M ${file}; file=${file}; ${fill}`;
  const mount = `--volume=${volume}:${diskFolder}`;
  const image = await standinImage("docker");
  await execa("docker", ["run", "--rm", mount, "--entrypoint=sh", image, "-euc", script]);
}

/** Removes the disk, and machines that a killed run left on it. */
export async function removeDisk({ volume }: Pick<DataDisk, "volume">): Promise<void> {
  const { stdout } = await execa("docker", ["ps", "--all", "--quiet", `--filter=volume=${volume}`]);
  const machines = stdout.split("\n").filter(Boolean);
  if (machines.length > 0) await execa("docker", ["rm", "--force", "--volumes", ...machines]);
  await execa("docker", ["volume", "rm", "--force", volume]);
}

/** Why there can be no such disk here; undefined when there can. */
export async function noDisk(): Promise<string | undefined> {
  const { failed } = await execa("test", ["-e", "/dev/loop-control"], { reject: false });
  return failed ? "this machine has no loop devices to stand for a data disk" : undefined;
}

/**
 * Shell script, for a stand-in that runs, that attaches the disk. Nothing but a stand-in's mounts holds the loop device:
 * it is let go of at once, and the kernel does that when the last of them is gone.
 */
export function attached({ device }: DataDisk): string {
  return [
    "set -eu",
    "[ -e /dev/loop-control ] || mknod /dev/loop-control c 10 237",
    "for number in $(seq 0 31); do [ -e /dev/loop$number ] || mknod /dev/loop$number b 7 $number; done",
    `loop=$(losetup --find --show ${file})`,
    `mkdir -p ${device.slice(0, device.lastIndexOf("/"))}`,
    `ln -sf "$loop" ${device}`,
    `nohup sh -c 'until grep -q "^$0 " /proc/mounts; do sleep 0.2; done; losetup --detach "$0"' "$loop" >/dev/null 2>&1 &`,
  ].join("\n");
}
