import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, it } from "vitest";
import { probeImage } from "../../components/containers/probeHealth.ts";
import { resticImage } from "../../services/backup/definition.ts";
import { testCa } from "../tools/certificates.ts";
import { docker, exec, log } from "../tools/docker.ts";
import { page, type Visit } from "../tools/handshakes.ts";
import { leaks, searched, secretsOfKey } from "../tools/secrets.ts";
import { freePort, LiveStack } from "../tools/stack.ts";
import { until } from "../tools/wait.ts";

const name = "attn.example.test";

/** What the engine makes: the system's, that of backups, and one that the owner asks for. */
const generated = [
  "attn_backend_api-signing-key",
  "attn_postgres-password",
  "attn_postgres-superuser-password",
  "attn_redis-password",
  "backup-password",
];

describe("attn's secrets, the owner's, a key for TLS and what backups need", () => {
  let stack: LiveStack;
  /** What is given, as against generated. */
  let given: Record<string, string>;
  let visit: Visit;
  beforeAll(async () => {
    stack = await LiveStack.open({
      system: "attn",
      config: { replicas: { attn_backend_api: 1, "api-gateway": 1 } },
      images: [probeImage, resticImage],
    });
    const ca = await testCa();
    const { certificate, key } = await ca.issue([name]).finally(() => ca.close());
    const value = () => randomBytes(30).toString("base64url");
    const [storage, payment, mail] = [value(), value(), value()];
    const port = Number(new URL(stack.url).port);
    const httpsPort = await freePort();
    visit = { port: httpsPort, name, ca: ca.root };
    await stack.set({
      host: { kind: "local", port, httpsPort },
      domains: [name],
      tls: { certificate: certificate + ca.intermediate + ca.root },
      // Where nothing listens: what it says of that is searched too.
      backup: { to: "s3:http://127.0.0.1:9/backups/attn", accessKey: "key-of-a-test" },
      secrets: { attn_backend_api: { SIGNING_KEY: "generate" } },
    });
    await stack.keep("tls.key", key);
    await stack.keep("backup.secretKey", storage);
    await stack.keep("secrets.attn_backend_api.PAYMENT_KEY", payment);
    await stack.keep("secrets.MAIL_PASSWORD", mail);
    given = {
      ...secretsOfKey("the TLS key", key),
      "the storage's key": storage,
      "the owner's": payment,
      "the owner's of all applications": mail,
    };
  });
  afterAll(() => stack.close());

  const secrets = async () => ({ ...(await stack.secrets()), ...given });

  it("are nowhere to be seen after a first run that tells all of its work", async () => {
    const run = () => stack.run("up", { verbose: true });
    const { reply, hits } = await searched(stack, { run, secrets });
    assert.equal(reply.ok, true, reply.output.slice(-3000));
    assert.ok(reply.output.includes("RegisterResource"), "it was traced");
    assert.deepEqual(hits, {});
    await until("ready", 120, async () => (await ready()).status === 200);
  });

  it("are long, and each another: of the database's superuser and role, of the cache, of backups, of the owner", async () => {
    const made = await stack.secrets();
    assert.deepEqual(
      Object.keys(made)
        .filter((one) => generated.includes(one))
        .sort(),
      generated,
    );
    assert.ok(generated.every((one) => /^[A-Za-z0-9_-]{32,}$/.test(made[one] ?? "")));
    const all = Object.values(await secrets());
    assert.equal(new Set(all).size, all.length);
  });

  it("are in the state that is exported with all shown, so that a search of it finds them", async () => {
    const shown = leaks(await stack.exported("--show-secrets"), await secrets());
    const names = [...generated, "the TLS key, line 1", "the storage's key", "the owner's"];
    assert.deepEqual(
      names.filter((one) => !shown.some((hit) => hit.startsWith(`${one} `))),
      [],
    );
  });

  it("are with whom they are for, and so is each that is searched for", async () => {
    const [backend] = await stack.containers("attn_backend_api");
    const all = await secrets();
    for (const [file, secret] of [
      ["signing_key", all["attn_backend_api-signing-key"]],
      ["payment_key", all["the owner's"]],
      ["mail_password", all["the owner's of all applications"]],
    ] as const)
      assert.equal((await exec(backend?.id ?? "", ["cat", `/etc/berth/${file}`])).output, secret);
  });

  it("are in nothing that a failure says: of a password that is refused, of storage that doesn't answer", async () => {
    const psql = ["psql", "-h", "/var/run/postgresql", "-U", "postgres", "-Atqc"];
    const alter = async (password: string) => {
      const [postgres] = await stack.containers("attn_postgres");
      const altered = await exec(postgres?.id ?? "", [...psql, `ALTER ROLE attn PASSWORD '${password}'`]);
      assert.equal(altered.code, 0, altered.output);
    };
    const run = async () => {
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
      const command = ["/run/berth-probe/busybox", ...["sh", "/etc/berth/backup.sh", "run"]];
      const tried = await exec(backup?.id ?? "", command);
      return { output: `${refused}\n${tried.output}`, code: tried.code };
    };
    const { reply, hits } = await searched(stack, { run, secrets });
    assert.equal(reply.code, 1, reply.output);
    assert.match(reply.output, /^backup: the target: /m);
    assert.deepEqual(hits, {});
    await alter((await secrets())["attn_postgres-password"] ?? "");
    await until("ready", 180, async () => (await ready()).status === 200);
  });

  it("are in nothing that a run says which tells all of its work and fails, nor that one says which mends it", async () => {
    await stack.set({ override: { attn_backend_api: { health: "/nowhere", startSeconds: 8 } } });
    const failed = await searched(stack, { run: () => stack.run("up", { verbose: true }), secrets });
    await stack.set({ override: {} });
    const mended = await searched(stack, { run: () => stack.run("up"), secrets });
    assert.equal(failed.reply.ok, false);
    assert.match(failed.reply.output, /attn_backend_api/);
    assert.equal(mended.reply.ok, true, mended.reply.output);
    assert.deepEqual([failed.hits, mended.hits], [{}, {}]);
  });

  function ready() {
    return page(visit, "/ready");
  }
});
