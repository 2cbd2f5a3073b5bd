import { createReadStream } from "node:fs";
import { access, mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type Dockerode from "dockerode";
import { execa } from "execa";
import { follow } from "./engine.ts";
import { cacheFolder } from "./cache.ts";
import { hashFolder, imagesFolder } from "./sources.ts";

/** A cached root file system older than this is made anew, so that a new build starts from current packages. */
const maxAgeMs = 30 * 24 * 3600 * 1000;

/** Makes a minimal Debian (about 35 s) unless one is cached, and imports it under `name`. Needs root on a machine with apt. */
export async function buildRootfs(
  docker: Dockerode,
  name: string,
  suite: string,
  labels: Record<string, string>,
  note: (text: string) => void,
): Promise<void> {
  const folder = join(cacheFolder, "rootfs");
  await mkdir(folder, { recursive: true });
  const tar = join(folder, `${suite}-${await hashFolder(join(imagesFolder, "base"))}.tar`);
  if (!(await isFresh(tar))) await bootstrap(suite, tar, note);
  note("importing");
  const [repo, tag] = name.split(":");
  const changes = [...Object.entries(labels).map(([key, value]) => `LABEL ${key}=${value}`), 'CMD ["bash"]'];
  await follow(docker, await docker.importImage(createReadStream(tar), { repo, tag, changes }));
}

async function isFresh(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs < maxAgeMs;
}

async function bootstrap(suite: string, tar: string, note: (text: string) => void): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error("making a Debian root file system needs root");
  await ensureDebootstrap(note);
  const run = execa(
    join(imagesFolder, "base", "bootstrap.sh"),
    [suite, tar, process.env.BERTH_DEBIAN_MIRROR ?? ""],
    {
      all: true,
      lines: true,
      env: { LC_ALL: "C" },
    },
  );
  note(`debootstrap ${suite}`);
  let packages = 0;
  run.all.on("data", (chunk: Buffer) => {
    packages += chunk.toString().match(/^I: (Retrieving|Unpacking|Configuring) \S+/gm)?.length ?? 0;
    if (packages > 0) note(`debootstrap ${suite}, ${packages} steps`);
  });
  try {
    await run;
  } catch (error) {
    const lines = (error as { all?: string[] }).all ?? [];
    const last = lines
      .filter((line) => line.trim() !== "")
      .slice(-3)
      .join(" / ");
    throw new Error(`debootstrap ${suite} failed: ${last}`, { cause: error });
  }
}

let installing: Promise<void> | undefined;

/** Once a process, also when two suites ask at the same time: apt holds a lock. */
async function ensureDebootstrap(note: (text: string) => void): Promise<void> {
  installing ??= installDebootstrap(note);
  await installing;
}

async function installDebootstrap(note: (text: string) => void): Promise<void> {
  if (await exists("/usr/sbin/debootstrap", "/usr/share/keyrings/debian-archive-keyring.gpg")) return;
  if (!(await exists("/usr/bin/apt-get")))
    throw new Error("debootstrap is not installed, and this machine has no apt");
  note("installing debootstrap");
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const install = [
    "-qq",
    "-y",
    "-o",
    "DPkg::Lock::Timeout=120",
    "install",
    "debootstrap",
    "debian-archive-keyring",
  ];
  const first = await execa("apt-get", install, { env, reject: false });
  if (first.exitCode === 0) return;
  await execa("apt-get", ["-qq", "update"], { env, reject: false });
  const second = await execa("apt-get", install, { env, reject: false });
  if (second.exitCode !== 0) {
    throw new Error(`debootstrap could not be installed: ${second.stderr.trim().split("\n").at(-1) ?? ""}`);
  }
}

async function exists(...paths: string[]): Promise<boolean> {
  const found = await Promise.allSettled(paths.map((path) => access(path)));
  return found.every(({ status }) => status === "fulfilled");
}
