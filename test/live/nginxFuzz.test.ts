import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import fc from "fast-check";
import { afterAll, beforeAll, test } from "vitest";
import { configs, namedSystems } from "../program/fuzz/configs.ts";
import { poolWith } from "../program/fuzz/pool.ts";
import { proxyConfigurations } from "../program/fuzz/proxies.ts";
import { runs, seed } from "../program/fuzz/runs.ts";
import type { Pool } from "../program/fuzz/values.ts";
import { fileVerdict, fitVerdict, programVerdict, stackProgram } from "../program/fuzz/verdicts.ts";
import { testCa } from "../tools/certificates.ts";
import { prepareImages } from "../tools/prepare.ts";
import { selfSigned } from "./selfSigned.ts";

const image = "nginx:1.30";
/** What a system's proxy runs as. */
const confined = "--network none --user 101 --read-only --cap-drop ALL --memory 256m".split(" ");
const writable = ["/tmp", "/var/cache/nginx", "/run/berth", "/var/spool/bodies"];

/** Milliseconds, for longer runs too. */
const timeout = 180_000 + 2_000 * runs(0);

let folder = "";
let container = "";
let pool: Pool;

beforeAll(async () => {
  await prepareImages([image]);
  folder = await mkdtemp(join(tmpdir(), "berth-fuzz-"));
  await chmod(folder, 0o755);
  const { chain, key } = await selfSigned("docs.example.com");
  await writeFile(join(folder, "chain.pem"), chain);
  await writeFile(join(folder, "key.pem"), key);
  const ca = await testCa();
  const { certificate, key: ownKey } = await ca.issue(["example.org", "*.example.org"]);
  pool = poolWith({ certificate: certificate + ca.intermediate + ca.root, key: ownKey }, ca.root);
  await ca.close();
  const folders = writable.flatMap((path) => ["--tmpfs", `${path}:uid=101`]);
  const args = [
    ...confined,
    ...folders,
    "-v",
    `${folder}:/conf:ro`,
    "--entrypoint",
    "sleep",
    image,
    "infinity",
  ];
  const { stdout } = await execa("docker", ["run", "-d", "--init", ...args]);
  container = stdout.trim();
});
afterAll(async () => {
  if (container !== "") await execa("docker", ["rm", "-f", container]);
  await rm(folder, { recursive: true, force: true });
});

/** Puts a pair where the configuration names one, as a release does, and has nginx test it. */
const check = `
for file in $(sed -n 's/^ *ssl_certificate\\(_key\\)\\{0,1\\} \\(.*\\);$/\\2/p' /conf/$1/nginx.conf); do
  mkdir -p "\${file%/*}"
  cp /conf/\${file##*/} "$file"
done
exec nginx -e stderr -t -q -c /conf/$1/nginx.conf`;

let next = 0;

/** What nginx says of a configuration; nothing where it takes it without a warning. */
async function complaint(text: string): Promise<string> {
  const name = String(next++);
  await mkdir(join(folder, name));
  await writeFile(join(folder, name, "nginx.conf"), text);
  const { all, exitCode } = await execa("docker", ["exec", container, "sh", "-c", check, "check", name], {
    all: true,
    reject: false,
  });
  return exitCode === 0 ? all : all || `ended with ${exitCode}`;
}

test("nginx refuses what isn't a configuration", async () => {
  assert.match(await complaint("http { server { listen 80; nonsense on; } } events {}"), /nonsense/);
});

test(
  "nginx takes the configuration of each system that any accepted config makes, without a warning",
  { timeout },
  async (context) => {
    const known = new Map<string, string>();
    let accepted = 0;
    const property = fc.asyncProperty(configs(pool, await namedSystems()), async (generated) => {
      const isAccepted = [...(await fileVerdict(generated)), ...(await fitVerdict(generated))].length === 0;
      if (!isAccepted) return;
      accepted++;
      const { graph } = await programVerdict(generated, stackProgram);
      const texts = proxyConfigurations(graph);
      assert.ok(texts.length >= 2, "a proxy has what it starts with and what it is switched to");
      for (const text of texts) {
        const words = known.get(text) ?? (await complaint(text));
        known.set(text, words);
        assert.equal(words, "", text);
      }
    });
    await fc.assert(property, { numRuns: runs(20), seed });
    await context.annotate(`${known.size} configurations of ${accepted} configs`);
  },
);
