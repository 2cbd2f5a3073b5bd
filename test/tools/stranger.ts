import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildArguments, copyCertificates } from "../../toolchain/images/build.ts";
import { follow } from "../../toolchain/images/engine.ts";
import { docker } from "./docker.ts";
import { made } from "./release.ts";

const folder = join(import.meta.dirname, "../live/strangers");

/** An image that somebody else wrote, built of its folder; `edit` changes its Dockerfile. */
export async function stranger(
  name: string,
  tag: string,
  edit: (dockerfile: string) => string = (text) => text,
): Promise<string> {
  const image = `berth-live/${process.pid}:${tag}`;
  const context = await mkdtemp(join(tmpdir(), "berth-stranger-"));
  try {
    await cp(join(folder, name), context, { recursive: true });
    await copyCertificates(join(context, "build-ca.pem"));
    const dockerfile = join(context, "Dockerfile");
    await writeFile(dockerfile, edit(await readFile(dockerfile, "utf8")));
    const options = { t: image, networkmode: "host", rm: true, forcerm: true, buildargs: buildArguments() };
    await follow(docker, await docker.buildImage({ context, src: await readdir(context) }, options));
    made.add(image);
    return image;
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}
