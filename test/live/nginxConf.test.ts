import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, test } from "vitest";
import { bootConf, nginxConf } from "../../services/proxy/conf.ts";
import type { ProxyModel } from "../../services/proxy/model.ts";
import { prepareImages } from "../tools/prepare.ts";
import { findings } from "../tools/gixy.ts";
import { fromPypi } from "../tools/pypi.ts";
import { models } from "../unit/nginx/models.ts";
import { generatedConfigurations } from "./generatedConf.ts";
import { selfSigned } from "./selfSigned.ts";

const run = promisify(execFile);
const image = "nginx:1.30";

/** What gixy finds that stays, in which of them, and why: see docs/nginx.md. */
const waivers: Readonly<Record<string, { file: RegExp; why: string }>> = {
  try_files_is_evil_too: {
    file: /\/(?:system-)?(?:arv|docsai)[-.]/,
    why: "the file cache it asks for answers for a file that was just replaced, and keeps what was deleted on the disk",
  },
  hsts_header: { file: /\/system-\w+-none-/, why: "the owner asked for no headers" },
};

/** Each as it is, and with TLS and without, whatever its own is. */
const texts = Object.entries(models as Record<string, ProxyModel>).flatMap(([name, model]) => [
  [name, nginxConf(model)] as const,
  [`${name}-boot`, bootConf(model)] as const,
  [`${name}-http`, nginxConf(withoutTls(model))] as const,
  [`${name}-https`, nginxConf(withTls(model))] as const,
  [`${name}-https-boot`, bootConf(withTls(model))] as const,
]);
let folder = "";

beforeAll(async () => {
  await prepareImages([image]);
  folder = await mkdtemp(join(tmpdir(), "berth-conf-"));
  await chmod(folder, 0o755);
  const { chain, key } = await selfSigned("docs.example.com");
  for (const [name, text] of texts) await writeFile(fileOf(name), text);
  await writeFile(join(folder, "chain.pem"), chain);
  await writeFile(join(folder, "key.pem"), key);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("nginx takes each configuration as uid 101 with a read-only root, without a warning", async () => {
  const check = "for conf in /conf/*.conf; do nginx -e stderr -t -q -c $conf || exit 1; done";
  const confined =
    "--network none --user 101 --read-only --cap-drop ALL --tmpfs /tmp --tmpfs /var/cache/nginx:uid=101";
  const mounts = `-v ${folder}:/conf:ro -v ${folder}:/etc/berth/tls:ro --entrypoint sh`;
  const args = `run --rm ${confined} ${mounts} ${image} -c`.split(" ");
  const { stdout, stderr } = await run("docker", [...args, check]);
  assert.equal(stdout + stderr, "");
});

test("gixy finds nothing in any configuration but what is waived", { timeout: 600_000 }, async (context) => {
  const gixy = await fromPypi("gixy");
  if ("missing" in gixy) {
    context.skip(gixy.missing);
    return;
  }
  const generated = await generatedConfigurations();
  const different = new Map(generated.map(([name, text]) => [text, name]));
  for (const [text, name] of different) await writeFile(fileOf(`system-${name}`), text);
  const names = [...texts.map(([name]) => name), ...[...different.values()].map((name) => `system-${name}`)];
  const found = new Set<string>();
  for (const { file, rule, severity, reason } of await findings(gixy.program, names.map(fileOf), "1.30.6")) {
    assert.match(file, waivers[rule]?.file ?? /^$/, `${file}: ${severity} ${rule}: ${reason}`);
    found.add(rule);
  }
  assert.deepEqual([...found].sort(), Object.keys(waivers).sort(), "a waiver that nothing needs");
  await context.annotate(`${names.length} configurations`);
});

test("gixy finds what it is to find", async (context) => {
  const gixy = await fromPypi("gixy");
  if ("missing" in gixy) {
    context.skip(gixy.missing);
    return;
  }
  const text = nginxConf(models.vru).replace('add_header Content-Security-Policy "" always;', "");
  await writeFile(fileOf("faulty"), text);
  const rules = (await findings(gixy.program, [fileOf("faulty")], "1.30.6")).map(({ rule }) => rule);
  assert.deepEqual(rules, ["add_header_redefinition"]);
});

function withoutTls(model: ProxyModel): ProxyModel {
  return { ...model, listeners: model.listeners.map((listener) => ({ ...listener, tls: undefined })) };
}

/** Two names that are answered and two that lead to the first, as a CA's certificate serves them. */
function withTls(model: ProxyModel): ProxyModel {
  return {
    ...model,
    statusPort: 8098,
    certificateMetrics:
      model.listeners.length % 2 === 0 ? { end: new Date(0) } : { file: "/run/certificate.prom" },
    listeners: model.listeners.map((listener) => ({
      ...listener,
      names: ["docs.example.com", "*.docs.example.com"],
      aliases: ["www.docs.example.org", "docs.example.org"],
      tls: {
        port: 443,
        publicPort: 8443,
        certificate: "/etc/berth/tls/chain.pem",
        key: "/etc/berth/tls/key.pem",
        challengeDir: "/run/certificates/challenges",
      },
    })),
  };
}

function fileOf(name: string): string {
  return join(folder, `${name}.conf`);
}
