import type Dockerode from "dockerode";
import type { Accounts } from "./accounts.ts";
import { statusOf } from "./engine.ts";

/** Reads an image's accounts from a container that is never started, and is gone afterwards. */
export async function accountsIn(docker: Dockerode, image: string): Promise<Accounts> {
  const container = await docker.createContainer({
    Image: image,
    // An image without a command couldn't be created; this one never runs.
    Cmd: ["true"],
    HostConfig: { NetworkMode: "none" },
  });
  try {
    const [passwd, group] = await Promise.all(
      ["/etc/passwd", "/etc/group"].map((path) => fileIn(container, path)),
    );
    return { passwd: passwd ?? "", group: group ?? "" };
  } finally {
    await container.remove({ v: true, force: true });
  }
}

async function fileIn(container: Dockerode.Container, path: string): Promise<string> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of await container.getArchive({ path })) chunks.push(Buffer.from(chunk));
    return onlyFile(Buffer.concat(chunks));
  } catch (error) {
    if (statusOf(error) === 404) return "";
    throw error;
  }
}

/**
 * The content of an archive's first file, which is all there is of it here: a header of 512 bytes with the size in
 * octal digits at 124, then the content (https://www.gnu.org/software/tar/manual/html_node/Standard.html).
 */
export function onlyFile(archive: Buffer): string {
  const size = Number.parseInt(archive.toString("latin1", 124, 136).replace(/[^0-7]/g, ""), 8);
  return Number.isNaN(size) ? "" : archive.toString("utf8", 512, 512 + size);
}
