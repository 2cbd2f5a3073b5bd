import { cp, readdir } from "node:fs/promises";
import { join } from "node:path";
import type Dockerode from "dockerode";
import { follow } from "./engine.ts";
import { nodePackages } from "./nodePackages.ts";
import { frontEndPages } from "./pages.ts";
import type { Recipe } from "./recipes.ts";
import { buildRootfs } from "./rootfs.ts";
import { certificateClient } from "./certificateClient.ts";
import { backupProgram, containerWatcher, objectStoreServer } from "./servers.ts";
import { copySources, imagesFolder } from "./sources.ts";
import { inWorkFolder } from "./workFolder.ts";

/** Build arguments taken from this machine's environment, so that a build finds the same proxies and indexes. */
const passedOn = [
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "PIP_INDEX_URL",
];
const certificates = [
  process.env.NODE_EXTRA_CA_CERTS,
  process.env.SSL_CERT_FILE,
  "/etc/ssl/certs/ca-certificates.crt",
];

const additions = {
  pages: frontEndPages,
  packages: nodePackages,
  server: objectStoreServer,
  watcher: containerWatcher,
  client: certificateClient,
  restic: backupProgram,
};

/** Builds one image whose parent is present. Rejects with the step that failed and the end of its output. */
export async function buildImage(
  docker: Dockerode,
  name: string,
  recipe: Recipe,
  hash: string,
  note: (text: string) => void,
): Promise<void> {
  const labels: Record<string, string> = { "berth.recipe": hash };
  if (recipe.kind === "rootfs")
    return buildRootfs(docker, name, recipe.suite, { ...labels, "berth.standin": "true" }, note);

  await inWorkFolder(async (context) => {
    await copySources(join(imagesFolder, recipe.folder), context);
    if (recipe.adds !== undefined) {
      await cp(await additions[recipe.adds](note), join(context, recipe.adds), { recursive: true });
    }
    await copyCertificates(join(context, "build-ca.pem"));
    const options = {
      t: name,
      labels,
      rm: true,
      forcerm: true,
      version: "1",
      buildargs: buildArguments(),
    } as const;
    await run(docker, context, options, note);
  });
}

async function run(
  docker: Dockerode,
  context: string,
  options: Dockerode.ImageBuildOptions,
  note: (text: string) => void,
): Promise<void> {
  const tail: string[] = [];
  let step = "";
  note("building");
  const stream = await docker.buildImage({ context, src: await readdir(context) }, options);
  try {
    await follow(docker, stream, ({ stream: text = "" }) => {
      const found = /^Step (\d+)\/(\d+) : (\w+)/.exec(text);
      if (found !== null) {
        step = `step ${found[1]} of ${found[2]}`;
        tail.length = 0;
        note(`building, ${step}`);
      } else if (text.trim() !== "" && !text.startsWith(" --->")) tail.push(text.trim());
    });
  } catch (error) {
    const output = tail.slice(-3).join(" / ");
    throw new Error(`${step} failed${output === "" ? "" : `: ${output}`} (${(error as Error).message})`, {
      cause: error,
    });
  }
}

/** For networks that sign their traffic with certificates of their own. It stays in the build's context. */
export async function copyCertificates(target: string): Promise<void> {
  for (const path of certificates) {
    if (path === undefined || path === "") continue;
    const copied = await cp(path, target, { dereference: true }).then(
      () => true,
      () => false,
    );
    if (copied) return;
  }
}

/** Of a build, as this machine has them. */
export function buildArguments(): Record<string, string> {
  return Object.fromEntries(passedOn.flatMap((key) => (process.env[key] ? [[key, process.env[key]]] : [])));
}
