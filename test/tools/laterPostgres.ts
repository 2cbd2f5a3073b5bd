import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildArguments, copyCertificates } from "../../toolchain/images/build.ts";
import { cacheFolder } from "../../toolchain/images/cache.ts";
import { follow } from "../../toolchain/images/engine.ts";
import { imagesFolder } from "../../toolchain/images/sources.ts";
import { inWorkFolder } from "../../toolchain/images/workFolder.ts";
import { withLock } from "../../toolchain/lock.ts";
import { docker } from "./docker.ts";
import { prepareImages } from "./prepare.ts";

const parent = "berth/base:forky";

/** The major version that Debian forky has; `postgres:15` is of bookworm. */
export const laterPostgres = "berth-test/postgres:18";

/** The stand-in for `postgres:15`, made of a later Debian, and kept: packages take a minute. */
export async function prepareLaterPostgres(): Promise<void> {
  await prepareImages([parent]);
  const lock = join(cacheFolder, "images", "later-postgres.lock");
  await withLock(
    lock,
    () => false,
    async () => {
      const images = await docker.listImages({ filters: { reference: [laterPostgres] } });
      if (images.length === 0) await build();
    },
  );
}

async function build(): Promise<void> {
  await inWorkFolder(async (context) => {
    await cp(join(imagesFolder, "postgres"), context, { recursive: true });
    await copyCertificates(join(context, "build-ca.pem"));
    const file = join(context, "Dockerfile");
    const text = await readFile(file, "utf8");
    await writeFile(
      file,
      text
        .replaceAll(/(postgresql[-/]|PG_MAJOR=)15/g, (_, before: string) => `${before}18`)
        .replace("berth/base:bookworm", parent)
        // Forky has no such file.
        .replace(" -A /etc/locale.alias", ""),
    );
    const options = { t: laterPostgres, rm: true, forcerm: true, buildargs: buildArguments() };
    const src = await readdir(context);
    await follow(docker, await docker.buildImage({ context, src }, options));
  });
}
