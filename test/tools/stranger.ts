import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildArguments, copyCertificates } from "../../toolchain/images/build.ts";
import { follow } from "../../toolchain/images/engine.ts";
import { docker } from "./docker.ts";
import { prepareImages } from "./prepare.ts";
import { made } from "./release.ts";

const folder = join(import.meta.dirname, "../live/strangers");

/** An image that somebody else wrote, built by its folder's own Dockerfile; `edit` changes that. */
export async function stranger(
  name: string,
  tag: string,
  edit: (dockerfile: string) => string = (text) => text,
): Promise<string> {
  const image = `berth-live/${process.pid}:${tag}`;
  const context = await mkdtemp(join(tmpdir(), "berth-stranger-"));
  try {
    await cp(join(folder, name), context, { recursive: true });
    const dockerfile = join(context, "Dockerfile");
    const text = edit(await readFile(dockerfile, "utf8"));
    await writeFile(dockerfile, await onBasesHere(text));
    await build(image, context);
    made.add(image);
    return image;
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}

const python = "python:3.11-slim";

/** Bases that strangers name, and what stands for them here; other releases of the same images. */
const bases: Readonly<Record<string, string>> = {
  "node:20-alpine": "node:22-slim",
  "nginx:alpine": "nginx:1.30",
};

async function onBasesHere(dockerfile: string): Promise<string> {
  const named = [...new Set([...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base = ""]) => base))];
  const here = new Map<string, string>();
  for (const base of named) here.set(base, base === python ? await pythonHere() : (bases[base] ?? base));
  await prepareImages(named.flatMap((base) => bases[base] ?? []));
  return dockerfile.replace(/^FROM (\S+)/gm, (_, base: string) => `FROM ${here.get(base)}`);
}

/** What a stranger's Dockerfile begins with, knowing how packages are had on a network that signs its traffic itself. */
async function pythonHere(): Promise<string> {
  await prepareImages([python]);
  const image = `berth-live/${process.pid}:python`;
  const context = await mkdtemp(join(tmpdir(), "berth-python-"));
  try {
    await copyCertificates(join(context, "build-ca.pem"));
    const index = process.env.PIP_INDEX_URL ?? "";
    const lines = [
      `FROM ${python}`,
      "COPY build-ca.pem /etc/ssl/build-ca.pem",
      `RUN printf '[global]\\ncert = /etc/ssl/build-ca.pem\\n${index && `index-url = ${index}\\n`}' >/etc/pip.conf`,
    ];
    await writeFile(join(context, "Dockerfile"), [...lines, ""].join("\n"));
    await build(image, context);
    made.add(image);
    return image;
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}

async function build(image: string, context: string): Promise<void> {
  const options = { t: image, networkmode: "host", rm: true, forcerm: true, buildargs: buildArguments() };
  await follow(docker, await docker.buildImage({ context, src: await readdir(context) }, options));
}
