import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { follow } from "../../toolchain/images/engine.ts";
import { docker } from "./docker.ts";

/** Images that {@link removeReleases} takes away. */
export const made = new Set<string>();

/**
 * Another release of an image, as a team would push one: `docker build` of a Dockerfile that starts from it. `lines`
 * are the rest of that file; the build has no network.
 */
export async function release(base: string, tag: string, lines: string[] = []): Promise<string> {
  const text = [`FROM ${base}`, `LABEL berth.test.release=${tag}`, `ENV TEST_RELEASE=${tag}`, ...lines, ""];
  return build(tag, text.join("\n"));
}

/** An image of somebody's own Dockerfile and the files beside it; the build has no network. */
export async function build(tag: string, dockerfile: string, files: readonly string[] = []): Promise<string> {
  const name = `berth-live/${process.pid}:${tag}`;
  const context = await mkdtemp(join(tmpdir(), "berth-release-"));
  try {
    await writeFile(join(context, "Dockerfile"), dockerfile);
    for (const file of files) await copyFile(file, join(context, basename(file)));
    const src = ["Dockerfile", ...files.map((file) => basename(file))];
    const options = { t: name, networkmode: "none", rm: true, forcerm: true };
    await follow(docker, await docker.buildImage({ context, src }, options));
    made.add(name);
    return name;
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}

/** Replaces a module of the reference application; its image keeps compiled ones beside the source. */
export function replaceModule(module: string, code: string[]): string[] {
  const path = `/srv/app/${module}`;
  const lines = code.map((line) => `'${line}'`).join(" ");
  return [
    "USER 0",
    `RUN rm -f /srv/app/__pycache__/${module.replace(/\.py$/, "")}.*.pyc && printf '%s\\n' ${lines} > ${path}`,
  ];
}

/** Takes the images away again; containers of them are gone by then. */
export async function removeReleases(): Promise<void> {
  for (const name of made) await docker.getImage(name).remove({ force: true }).catch(gone);
  made.clear();
}

const gone = (): undefined => undefined;
