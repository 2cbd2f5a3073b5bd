import { createHash } from "node:crypto";
import { execa } from "execa";
import { standinImage } from "./image.ts";
import { startStandin } from "./standin.ts";
import { inVolumes, linkImages, locked } from "./volumes.ts";

/** Names every such volume: one whose images have changed since is removed. */
const prefix = "berth-standin-stock-";
/** Written last, so that half a volume is none. */
const whole = (volume: string): string => `/volumes/${volume}/_data/whole`;

/**
 * A volume with what a stand-in's Docker keeps of these images, for stand-ins to start with. Made by one of them, which
 * loads the images, unless it is there.
 *
 * @param references images of this machine's Docker
 */
export async function stockVolume(references: readonly string[]): Promise<string> {
  const image = await standinImage("docker");
  const { stdout } = await execa("docker", ["image", "inspect", "--format={{.Id}}", ...references]);
  const hash = createHash("sha256").update([image, ...references, stdout].join("\n"));
  const volume = `${prefix}${hash.digest("hex").slice(0, 12)}`;
  await locked(async () => {
    if (await inVolumes(`test -e ${whole(volume)}`)) return;
    await removeOthers();
    await make(volume, references);
  });
  return volume;
}

async function make(volume: string, references: readonly string[]): Promise<void> {
  const name = "sshtest-stock";
  const standin = await startStandin({ name });
  try {
    await standin.ready();
    await standin.addImages(references);
    await standin.exec("systemctl stop docker.socket docker");
    await linkImages(`${name}-docker`, volume);
    if (!(await inVolumes(`touch ${whole(volume)}`))) throw new Error(`${volume} could not be written to`);
  } finally {
    await standin.destroy();
  }
}

async function removeOthers(): Promise<void> {
  const { stdout } = await execa("docker", ["volume", "ls", "--quiet", `--filter=name=^${prefix}`]);
  const volumes = stdout.split("\n").filter((name) => name !== "");
  if (volumes.length > 0) await execa("docker", ["volume", "rm", "--force", ...volumes], { reject: false });
}
