import { execa } from "execa";
import { standinImage } from "./image.ts";

/**
 * Runs a script in which each volume `name` of this machine's Docker is the folder `/volumes/name/_data`. In one mount,
 * because nothing can be linked from one to another.
 */
export async function inVolumes(script: string): Promise<{ exitCode?: number }> {
  const image = await standinImage("docker");
  const { stdout: root } = await execa("docker", ["info", "--format={{.DockerRootDir}}"]);
  const mount = `--volume=${root}/volumes:/volumes`;
  return execa("docker", ["run", "--rm", mount, "--entrypoint=sh", image, "-euc", script], {
    reject: false,
  });
}

/** Gives a Docker that doesn't run the images of another one that doesn't, whose layers nobody writes to. */
export async function linkImages(source: string, target: string): Promise<void> {
  await execa("docker", ["volume", "create", target]);
  const folder = (name: string): string => `/volumes/${name}/_data`;
  const { exitCode } = await inVolumes(
    `cp -al ${folder(source)}/overlay2 ${folder(target)}/; cp -a ${folder(source)}/image ${folder(target)}/`,
  );
  if (exitCode !== 0) throw new Error(`the images of ${source} could not be linked into ${target}`);
}
