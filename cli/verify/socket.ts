import type Docker from "dockerode";
import type { ContainerInfo } from "dockerode";
import { exec } from "../docker/exec.ts";

/** In `/proc/net/unix`, the flag of a socket that takes connections (linux/net.h, SO_ACCEPTCON). */
const accepts = "00010000";

/**
 * The unix socket on which a container's service answers its proxy instead of on a port; nothing if it has none. It is
 * named after the container, which is how the proxy finds it, and so other sockets of the same image aren't taken for it.
 */
export async function socketOf(docker: Docker, { Id }: ContainerInfo): Promise<string | undefined> {
  const found = await exec(docker, Id, ["cat", "/proc/net/unix"]).catch(() => undefined);
  return found?.code === 0 ? listeningSocket(found.output, Id.slice(0, 12)) : undefined;
}

/** proc(5), /proc/net/unix: Num RefCount Protocol Flags Type St Inode Path. */
export function listeningSocket(table: string, hostname: string): string | undefined {
  const rows = table.split("\n").map((line) => line.trim().split(/\s+/));
  const paths = rows.filter(([, , , flags]) => flags === accepts).map((row) => row[7] ?? "");
  return paths.find((path) => path.endsWith(`/${hostname}.sock`));
}
