import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import fc from "fast-check";
import { afterAll, beforeAll, test } from "vitest";
import { configs, namedSystems, type Generated } from "../program/fuzz/configs.ts";
import { poolWith } from "../program/fuzz/pool.ts";
import { proxyConfigurations } from "../program/fuzz/proxies.ts";
import { limits, runs, seed, timeout } from "../program/fuzz/runs.ts";
import type { Pool } from "../program/fuzz/values.ts";
import {
  fileVerdict,
  fitVerdict,
  isOfZones,
  programVerdict,
  stackProgram,
} from "../program/fuzz/verdicts.ts";
import { testCa } from "../tools/certificates.ts";
import { prepareImages } from "../tools/prepare.ts";
import { selfSigned } from "./selfSigned.ts";

const image = "nginx:1.30";
/** What a system's proxy runs as. */
const confined = "--network none --user 101 --read-only --cap-drop ALL --memory 256m".split(" ");
const writable = ["/tmp", "/var/cache/nginx", "/run/berth", "/var/spool/bodies"];

let folder = "";
let container = "";
/** What nginx says of a configuration; nothing where it takes it without a warning. */
let complaint: (text: string) => Promise<string>;
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
  complaint = startChecks();
});
afterAll(async () => {
  if (container !== "") await execa("docker", ["rm", "-f", container]);
  await rm(folder, { recursive: true, force: true });
});

/**
 * Answers each name of a configuration that it reads with a line: nginx's exit code, and what nginx says in base64. Puts
 * a pair where the configuration names one, as a release does.
 */
const check = `
while read -r name; do
  for file in $(sed -n 's/^ *ssl_certificate\\(_key\\)\\{0,1\\} \\(.*\\);$/\\2/p' "/conf/$name/nginx.conf"); do
    mkdir -p "\${file%/*}"
    cp "/conf/\${file##*/}" "$file"
  done
  said=$(nginx -e stderr -t -q -c "/conf/$name/nginx.conf" 2>&1 </dev/null)
  echo "$? $(printf %s "$said" | base64 -w 0)"
done`;

/** One shell for all configurations: to start one in a container takes ten times as long as nginx's test. */
function startChecks(): typeof complaint {
  const shell = execa("docker", ["exec", "-i", container, "sh", "-c", check], {
    reject: false,
    buffer: { stdout: false },
  });
  const answers = shell.iterable({ from: "stdout" });
  let next = 0;
  return async (text) => {
    const name = String(next++);
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, "nginx.conf"), text);
    shell.stdin.write(`${name}\n`);
    const answer = await answers.next();
    if (answer.done === true) throw new Error(`the shell that runs nginx ended: ${(await shell).stderr}`);
    const [code, encoded = ""] = answer.value.split(" ");
    const words = Buffer.from(encoded, "base64").toString();
    return code === "0" ? words : words || `ended with ${code}`;
  };
}

test("nginx refuses what isn't a configuration, says what it warns of, and takes the next", async () => {
  const fits = "pid /tmp/nginx.pid; events {} http { server { listen 8080; } }";
  assert.match(await complaint("http { server { listen 80; nonsense on; } } events {}"), /nonsense/);
  assert.match(await complaint(`user nginx; ${fits}`), /\[warn\]/);
  assert.equal(await complaint(fits), "");
});

test("a config whose proxy has a configuration that nginx refuses is named, with nginx's words", async () => {
  const refused = fuzz((text) => `${text}\nnonsense on;`, { numRuns: 100, endOnFailure: true });
  await assert.rejects(refused, (error: Error) => {
    assert.match(error.message, new RegExp(`seed: ${seed}`));
    assert.match(error.message, /Counterexample: \[\{"config":/);
    assert.match(error.message, /\[emerg\].* unknown directive "nonsense"/);
    return true;
  });
});

test(
  "nginx takes the configuration of each system that any accepted config makes, without a warning",
  { timeout },
  async (context) => {
    const { accepted, distinct } = await fuzz((text) => text, { numRuns: runs(20) });
    await context.annotate(`seed ${seed}: ${distinct} configurations of ${accepted} configs`);
  },
);

/** Has nginx test what each accepted config's proxy gets, once where it is the same. */
async function fuzz(
  given: (text: string) => string,
  parameters: fc.Parameters<[Generated]>,
): Promise<{ accepted: number; distinct: number }> {
  const known = new Map<string, string>();
  let accepted = 0;
  const property = fc.asyncProperty(configs(pool, await namedSystems()), async (generated) => {
    const isAccepted = [...(await fileVerdict(generated)), ...(await fitVerdict(generated))].length === 0;
    if (!isAccepted) return;
    const { verdict, graph } = await programVerdict(generated, stackProgram);
    if (isOfZones(verdict)) return;
    assert.deepEqual(verdict, []);
    accepted++;
    const texts = proxyConfigurations(graph).map(given);
    assert.ok(texts.length >= 2, "a proxy has what it starts with and what it is switched to");
    for (const text of texts) {
      const words = known.get(text) ?? (await complaint(text));
      known.set(text, words);
      assert.ok(words === "", `nginx says: ${words}\n${text}`);
    }
  });
  await fc.assert(property, { seed, includeErrorInReport: true, ...limits, ...parameters });
  return { accepted, distinct: known.size };
}
