import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { cacheFolder } from "../../toolchain/images/cache.ts";
import { ensureImages } from "../../toolchain/images/index.ts";
import { withLock } from "../../toolchain/lock.ts";
import { plainProgress } from "../../toolchain/progress.ts";

const folder = dirname(fileURLToPath(import.meta.url));
const progress = plainProgress((line) => process.stderr.write(line));

/** `docker` has a Docker Engine baked in, `plain` leaves installing it to cloud-init or to setup. */
export type Variant = "docker" | "plain";

/** Builds the stand-in's image unless this very one is there, and returns its reference. */
export async function standinImage(variant: Variant): Promise<string> {
  const reference = `berth/standin:${variant}-${await contentHash()}`;
  if (await exists(reference)) return reference;
  const lock = join(cacheFolder, "images", `standin-${variant}.lock`);
  await withLock(
    lock,
    () => false,
    async () => {
      if (await exists(reference)) return;
      await ensureImages(progress, ["berth/base:bookworm"]);
      await execa("docker", ["build", "--target", variant, "--tag", reference, folder]);
    },
  );
  return reference;
}

async function contentHash(): Promise<string> {
  const files = (await readdir(folder)).filter((name) => !name.endsWith(".ts")).sort();
  const contents = await Promise.all(files.map((name) => readFile(join(folder, name))));
  return createHash("sha256").update(Buffer.concat(contents)).digest("hex").slice(0, 12);
}

async function exists(reference: string): Promise<boolean> {
  const { exitCode } = await execa("docker", ["image", "inspect", reference], { reject: false });
  return exitCode === 0;
}
