import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";

const folder = dirname(fileURLToPath(import.meta.url));
const root = join(folder, "../..");

/** `docker` has a Docker Engine baked in, `plain` leaves installing it to cloud-init or to setup. */
export type Variant = "docker" | "plain";

/** Builds the stand-in's image unless this very one is there, and returns its reference. */
export async function standinImage(variant: Variant): Promise<string> {
  const reference = `berth/standin:${variant}-${await contentHash()}`;
  if (await exists(reference)) return reference;
  if (!(await exists("berth/base:bookworm"))) await buildBase();
  await execa("docker", ["build", "--target", variant, "--tag", reference, folder]);
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

/** A bare Debian, from the same script that the offline images start with. */
async function buildBase(): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), "berth-standin-"));
  try {
    const tar = join(scratch, "base.tar");
    await execa("sh", [join(root, "images/base/bootstrap.sh"), "bookworm", tar]);
    await execa("docker", ["import", tar, "berth/base:bookworm"]);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
