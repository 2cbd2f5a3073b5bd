import { join } from "node:path";
import { execa } from "execa";
import { cacheFolder } from "../../toolchain/images/cache.ts";
import { withLock } from "../../toolchain/lock.ts";
import { standinImage } from "./image.ts";

/**
 * Runs a script in which each volume `name` of this machine's Docker is the folder `/volumes/name/_data`. In one mount,
 * because nothing can be linked from one to another.
 *
 * @returns whether it ended with 0, not 1
 * @throws where it ended with anything else
 */
export async function inVolumes(script: string): Promise<boolean> {
  const image = await standinImage("docker");
  const { stdout: root } = await execa("docker", ["info", "--format={{.DockerRootDir}}"]);
  const mount = `--volume=${root}/volumes:/volumes`;
  const words = ["run", "--rm", mount, "--entrypoint=sh", image, "-euc", script];
  const { exitCode, stderr } = await execa("docker", words, { reject: false });
  if (exitCode !== 0 && exitCode !== 1) throw new Error(`"${script}" ended with ${exitCode}: ${stderr}`);
  return exitCode === 0;
}

/** Gives a Docker that doesn't run the images of another one that doesn't, whose layers nobody writes to. */
export async function linkImages(source: string, target: string): Promise<void> {
  await execa("docker", ["volume", "create", target]);
  const folder = (name: string): string => `/volumes/${name}/_data`;
  const linked = await inVolumes(
    `cp -al ${folder(source)}/overlay2 ${folder(target)}/; cp -a ${folder(source)}/image ${folder(target)}/`,
  );
  if (!linked) throw new Error(`the images of ${source} could not be linked into ${target}`);
}

/** Alone with the volumes that stand-ins start from: one that another needs isn't removed while it is read. */
export function locked(work: () => Promise<void>): Promise<void> {
  const lock = join(cacheFolder, "images", "standin-stock.lock");
  return withLock(lock, () => false, work).then(() => undefined);
}
