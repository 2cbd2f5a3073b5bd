import { createHash } from "node:crypto";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { ensureImages } from "../../toolchain/images/index.ts";
import { plainProgress } from "../../toolchain/progress.ts";

const strangers = join(import.meta.dirname, "../strangers");

/** What their Dockerfiles begin with, and how packages are had there on a network that signs its traffic itself. */
const bases: Record<string, string[]> = {
  "python:3.11-slim": [
    "COPY build-ca.pem /etc/ssl/build-ca.pem",
    `RUN printf '[global]\\ncert = /etc/ssl/build-ca.pem\\n${indexLine()}' >/etc/pip.conf`,
  ],
};

function indexLine(): string {
  const { PIP_INDEX_URL: index } = process.env;
  return index === undefined ? "" : `index-url = ${index}\\n`;
}

/**
 * Builds an application of `test/strangers`, which knows nothing of this project, by its own Dockerfile. `edit` changes
 * its files first. Returns the reference, which names what it was built of.
 */
export async function strangerImage(
  name: string,
  edit: (folder: string) => Promise<void> = () => Promise.resolve(),
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "berth-stranger-"));
  try {
    await cp(join(strangers, name), folder, { recursive: true });
    await edit(folder);
    const reference = `stranger/${name}:${await contentHash(folder)}`;
    const { exitCode } = await execa("docker", ["image", "inspect", reference], { reject: false });
    if (exitCode === 0) return reference;
    await withNetwork(join(folder, "Dockerfile"));
    await execa("docker", ["build", "--quiet", "--network", "host", "--tag", reference, folder]);
    return reference;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Has a Dockerfile begin with images from which packages can be had here. */
async function withNetwork(dockerfile: string): Promise<void> {
  let text = await readFile(dockerfile, "utf8");
  for (const [base, lines] of Object.entries(bases)) {
    if (!text.includes(`FROM ${base}\n`)) continue;
    const reachable = `stranger/base-${base.replace(":", "-")}`;
    await ensureImages(
      plainProgress((line) => process.stderr.write(line)),
      [base],
    );
    const folder = await mkdtemp(join(tmpdir(), "berth-base-"));
    const authorities = process.env.SSL_CERT_FILE ?? "/etc/ssl/certs/ca-certificates.crt";
    await cp(authorities, join(folder, "build-ca.pem"), { dereference: true });
    await writeFile(join(folder, "Dockerfile"), [`FROM ${base}`, ...lines, ""].join("\n"));
    await execa("docker", ["build", "--quiet", "--tag", reachable, folder]);
    await rm(folder, { recursive: true });
    text = text.replaceAll(`FROM ${base}\n`, `FROM ${reachable}\n`);
  }
  await writeFile(dockerfile, text);
}

async function contentHash(folder: string): Promise<string> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = files.filter((file) => file.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const hash = createHash("sha256");
  for (const path of paths.toSorted()) hash.update(path.slice(folder.length)).update(await readFile(path));
  return hash.digest("hex").slice(0, 12);
}
