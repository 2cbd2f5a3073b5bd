import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { probeImage } from "../../components/containers/probeHealth.ts";
import { resticImage } from "../../services/backup/definition.ts";
import { testCa } from "../tools/certificates.ts";
import { docker, exec, log } from "../tools/docker.ts";
import type { Reply } from "../tools/driver.ts";
import { page, type Visit } from "../tools/handshakes.ts";
import { ArgumentWatch, dockerTells, filesBelow, leaks } from "../tools/secrets.ts";
import { freePort, LiveStack } from "../tools/stack.ts";
import { until } from "../tools/wait.ts";

const name = "attn.example.test";
const generated = [
  "attn_postgres-password",
  "attn_postgres-superuser-password",
  "attn_redis-password",
  "backup-password",
];

describe("attn's secrets, with a key for TLS and a place for backups", () => {
  let stack: LiveStack;
  let secrets: Record<string, string>;
  let run: Reply;
  let processes: string[];
  let visit: Visit;
  beforeAll(async () => {
    stack = await LiveStack.open({
      system: "attn",
      config: { replicas: { attn_backend_api: 1, "api-gateway": 1 } },
      images: [probeImage, resticImage],
    });
    const ca = await testCa();
    const { certificate, key } = await ca.issue([name]).finally(() => ca.close());
    const storage = randomBytes(30).toString("base64url");
    const port = Number(new URL(stack.url).port);
    const httpsPort = await freePort();
    visit = { port: httpsPort, name, ca: ca.root };
    await stack.set({
      host: { kind: "local", port, httpsPort },
      domains: [name],
      tls: { certificate: certificate + ca.intermediate + ca.root },
      // Where nothing listens: what it says of that is searched too.
      backup: { to: "s3:http://127.0.0.1:9/backups/attn", accessKey: "key-of-a-test" },
    });
    await stack.keep("tls.key", key);
    await stack.keep("backup.secretKey", storage);
    const watch = ArgumentWatch.start();
    try {
      run = await stack.run("up", { verbose: true });
    } finally {
      processes = await watch.stop();
    }
    secrets = { ...(await stack.secrets()), ...linesOf(key), "the storage's key": storage };
  });
  afterAll(() => stack.close());

  it("are long, and each another: of the database's superuser and role, of the cache, and of backups", async () => {
    assert.equal(run.ok, true, run.output.slice(-3000));
    await until("ready", 120, async () => (await ready()).status === 200);
    const own = Object.keys(secrets).filter((one) => generated.includes(one));
    assert.deepEqual(own.sort(), [...generated].sort());
    assert.ok(generated.every((one) => /^[A-Za-z0-9_-]{32,}$/.test(secrets[one] ?? "")));
    assert.equal(new Set(Object.values(secrets)).size, Object.keys(secrets).length);
  });

  it("are found by this test where they are", () => {
    const text = Buffer.from(
      `postgresql://attn:${secrets["attn_postgres-password"]}@attn_postgres:5432/attn`,
    );
    assert.deepEqual(leaks(text.toString(), secrets), [
      "attn_postgres-password raw",
      "attn_postgres-password URL-encoded",
    ]);
    assert.equal(leaks(text.toString("base64"), secrets).length, 1);
  });

  it("are found, each, wherever they are planted: an argument, Docker's facts, a log, a file, a state", async () => {
    const planted = Object.values(secrets).join(" ");
    const all = Object.keys(secrets).sort();
    const found = (text: string) =>
      [
        ...new Set(leaks(text, secrets).map((hit) => hit.replace(/ (?:raw|URL-encoded|base64 at \d)$/, ""))),
      ].sort();
    const watch = ArgumentWatch.start();
    let lines: string[];
    // Not by its last command, which takes the shell's place, arguments and all.
    const container = await docker.createContainer({
      Image: probeImage,
      Entrypoint: ["/bin/busybox", "sh", "-c", 'echo "$0"; sleep 600; :', planted],
      Labels: { "berth.stack": stack.name },
      HostConfig: { NetworkMode: "none" },
    });
    const file = join(stack.folder, "planted");
    try {
      await container.start();
      await until("it to say so", 120, async () => (await log(container.id)).includes(planted));
      const facts = await dockerTells(stack);
      const { Name } = await container.inspect();
      for (const place of [`inspect ${Name}`, `log ${Name}`])
        assert.deepEqual(found(facts[place] ?? ""), all, place);
      await writeFile(file, planted);
      assert.deepEqual(found(Object.values(await filesBelow(stack.folder)).join("\n")), all);
    } finally {
      await rm(file, { force: true });
      await container.remove({ force: true });
      lines = await watch.stop();
    }
    assert.deepEqual(found(lines.join("\n")), all);
    const shown = await stack.exported("--show-secrets");
    assert.deepEqual(
      generated.filter((one) => !found(shown).includes(one)),
      [],
    );
  });

  it("are not in the engine's output, however much of its work it tells", () => {
    assert.ok(run.output.includes("RegisterResource"), "it was traced");
    assert.deepEqual(leaks(run.output, secrets), []);
  });

  it("are not in the state, exported or not, the stack's file or anything else beside it", async () => {
    const files = await filesBelow(stack.folder);
    assert.ok(Object.keys(files).some((file) => file.endsWith(`${stack.name}.json`)));
    assert.deepEqual(leaksIn(files), {});
    assert.deepEqual(leaks(await stack.exported(), secrets), []);
  });

  it("are in nothing Docker tells, and in no container's log", async () => {
    assert.deepEqual(leaksIn(await dockerTells(stack)), {});
  });

  it("were in no process's arguments while it came up", () => {
    assert.ok(processes.some((line) => line.includes("gunicorn")));
    assert.deepEqual(leaks(processes.join("\n"), secrets), []);
  });

  it("are in nothing that a failure says: of a password that is refused, of storage that doesn't answer", async () => {
    const psql = ["psql", "-h", "/var/run/postgresql", "-U", "postgres", "-Atqc"];
    const alter = async (password: string) => {
      const [postgres] = await stack.containers("attn_postgres");
      const altered = await exec(postgres?.id ?? "", [...psql, `ALTER ROLE attn PASSWORD '${password}'`]);
      assert.equal(altered.code, 0, altered.output);
    };
    await alter("another");
    const [backend] = await stack.containers("attn_backend_api");
    await docker.getContainer(backend?.id ?? "").restart();
    await until("it to say what is refused", 180, async () =>
      (await log((await stack.containers("attn_postgres"))[0]?.id ?? "")).includes(
        "password authentication failed",
      ),
    );
    const { body: refused } = await ready();
    const [backup] = await stack.containers("backup");
    const tried = await exec(backup?.id ?? "", [
      "/run/berth-probe/busybox",
      ...["sh", "/etc/berth/backup.sh", "run"],
    ]);
    assert.equal(tried.code, 1, tried.output);
    assert.match(tried.output, /^backup: the target: /m);
    assert.deepEqual(leaksIn({ refused, tried: tried.output, ...(await dockerTells(stack)) }), {});
    await alter(secrets["attn_postgres-password"] ?? "");
    await until("ready", 180, async () => (await ready()).status === 200);
  });

  it("are in nothing that a run says which tells all of its work and fails, nor that one says which mends it", async () => {
    await stack.set({ override: { attn_backend_api: { health: "/nowhere", startSeconds: 8 } } });
    const watch = ArgumentWatch.start();
    const failed = await stack.run("up", { verbose: true });
    await stack.set({ override: {} });
    const mended = await stack.run("up");
    const lines = await watch.stop();
    assert.equal(failed.ok, false);
    assert.match(failed.output, /attn_backend_api/);
    assert.equal(mended.ok, true, mended.output);
    const texts = { failed: failed.output, mended: mended.output, processes: lines.join("\n") };
    assert.deepEqual(leaksIn({ ...texts, ...(await dockerTells(stack)) }), {});
    assert.deepEqual(leaksIn(await filesBelow(stack.folder)), {});
  });

  function ready() {
    return page(visit, "/ready");
  }

  function leaksIn(texts: Record<string, string>): Record<string, string[]> {
    const all = Object.entries(texts).map(([where, text]) => [where, leaks(text, secrets)] as const);
    return Object.fromEntries(all.filter(([, hits]) => hits.length > 0));
  }
});

/** A private key is text of several lines; of an elliptic curve the first two hold it, and the last what is public. */
function linesOf(key: string): Record<string, string> {
  const lines = key.split("\n").filter((line) => /^[A-Za-z0-9+/]{40,}$/.test(line));
  return Object.fromEntries(
    lines.slice(0, 2).map((line, index) => [`line ${index + 1} of the TLS key`, line]),
  );
}
