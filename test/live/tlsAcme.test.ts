import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, it } from "vitest";
import { dataFolder } from "../../services/certificates/folders.ts";
import { placeholderOrganisation } from "../../services/proxy/watch.ts";
import { testCa, type TestCa } from "../tools/certificates.ts";
import { docker, exec } from "../tools/docker.ts";
import { handshake, Handshakes, page, settled, type Handshake, type Visit } from "../tools/handshakes.ts";
import { noPebble, Pebble } from "../tools/pebble.ts";
import { searched, secretsOfKey } from "../tools/secrets.ts";
import { skipWhen } from "../tools/skip.ts";
import { freePort, LiveStack } from "../tools/stack.ts";
import { until } from "../tools/wait.ts";
import { assertConfined } from "./confined.ts";
import { Prometheus } from "./prometheus.ts";

const [name, alias] = ["loc8.example.test", "www.example.test"];

/** Seconds for one thing to happen on a machine that is slow, or busy with other tests. */
const patience = 180;

describe("certificates of an ACME CA", skipWhen(await noPebble()), () => {
  let ca: TestCa;
  let pebble: Pebble;
  let stack: LiveStack;
  let visit: Visit;
  /** What is secret of each key that there was. */
  let keys: Record<string, string> = {};

  beforeAll(async () => {
    ca = await testCa();
    const optional = { postgres: false, redis: false };
    // A rule's problem fires after a fifth of this.
    const alerts = { windowSeconds: 30 };
    const config = { optional, replicas: { backend: 1 }, monitoring: true, alerts };
    stack = await LiveStack.open({ system: "loc8", config, images: ["goacme/lego:v5.6.0"] });
    const port = Number(new URL(stack.url).port);
    const httpsPort = await freePort();
    pebble = await Pebble.start(ca, port);
    visit = { port: httpsPort, name };
    await stack.set({
      host: { kind: "local", port, httpsPort },
      domains: [name],
      tls: { ca: pebble.directory, caCertificate: ca.root },
    });
  });
  afterAll(async () => {
    await stack.close();
    await pebble.close();
    await ca.close();
  });

  const fingerprint = async () => (await handshake(visit)).certificate.fingerprint256;
  const log = async (service: string) => {
    const [found] = await stack.containers(service);
    const text = await docker.getContainer(found?.id ?? "none").logs({ stdout: true, stderr: true });
    return text.toString("utf8");
  };
  /** Has it look now, and not at its next hour. */
  const look = async () => {
    const [found] = await stack.containers("certificates");
    await docker.getContainer(found?.id ?? "none").kill({ signal: "SIGHUP" });
  };
  /** Adds what is secret of the account's key and of those of certificates, of which the last two are kept. */
  const secrets = async () => {
    const [found] = await stack.containers("certificates");
    const shown = `find ${dataFolder} -name '*.key' -o -name key.pem | while read -r file; do echo "== $file"; cat "$file"; done`;
    const { output } = await exec(found?.id ?? "none", ["sh", "-c", shown]);
    for (const [path = "", ...lines] of output
      .split("== ")
      .slice(1)
      .map((text) => text.split("\n")))
      keys = { ...keys, ...secretsOfKey(path, lines.join("\n")) };
    assert.ok(
      Object.keys(keys).some((key) => key.includes("/accounts/")),
      Object.keys(keys).join(),
    );
    return keys;
  };
  /** Waits for a state, and where it doesn't come says what both containers did. */
  const seen = <T>(what: string, ask: () => Promise<T>) =>
    until(what, patience, ask).catch(async (error: unknown) => {
      assert.fail(`${String(error)}\n${await log("certificates")}\n${await log("nginx")}\n${pebble.log}`);
    });
  const trusted = async (): Promise<Handshake | undefined> => {
    const shaken = await handshake({ ...visit, ca: await pebble.root() });
    return shaken.distrust === "" ? shaken : undefined;
  };

  it("serves at once, with one of its own signing while the CA's isn't there, says why, and shows no key", async () => {
    pebble.dns.wrong = true;
    const run = async () => {
      const reply = await stack.run("up", { verbose: true });
      await seen("the reason is said", async () => (await log("certificates")).includes("failed 1 time"));
      return reply;
    };
    const { reply, hits } = await searched(stack, { run, secrets });
    assert.equal(reply.ok, true, reply.output.slice(-3000));
    assert.deepEqual(hits, {});
    const { certificate } = await handshake(visit);
    assert.equal(certificate.issuer.O, placeholderOrganisation);
    assert.equal(certificate.subjectaltname, `DNS:${name}`);
    assert.match(await log("certificates"), /could not resolve URL/);
    pebble.dns.wrong = false;
  });

  it("has the first one once the name leads here, with the chain that browsers need", async (t) => {
    const began = performance.now();
    await look();
    const { length, certificate } = await seen("the first certificate", trusted);
    const seconds = (performance.now() - began) / 1000;
    await t.annotate(`first certificate after ${seconds.toFixed(1)} s`);
    assert.ok(seconds < 60, `${seconds} s`);
    assert.equal(length, 3, "its own, the intermediate, the root");
    assert.equal(certificate.subjectaltname, `DNS:${name}`);
    assert.equal(pebble.issued, 1);
  });

  it("confines what gets certificates as all others", async () => {
    assert.equal((await stack.containers("certificates")).length, 1);
    await assertConfined(stack);
  });

  it("has nothing to do the second time, and a restart makes no new order", async () => {
    assert.deepEqual(Object.keys((await stack.up()).changes), ["same"]);
    const before = await fingerprint();
    for (const service of ["certificates", "nginx"]) {
      const [found] = await stack.containers(service);
      await docker.getContainer(found?.id ?? "none").restart();
    }
    await seen("the proxy is back", async () => (await fingerprint()) === before);
    const { length } = await log("certificates");
    await look();
    await seen("it has looked", async () =>
      /Skip renewal|not needed/.test((await log("certificates")).slice(length)),
    );
    assert.equal(pebble.issued, 1);
  });

  it("renews when the CA says so, three times under load, with no failed handshake", async () => {
    const load = new Handshakes({ ...visit, ca: await pebble.root() }, 25);
    const served = [await load.next()];
    for (const round of [1, 2, 3]) {
      const { certificate } = await settled(() => handshake(visit));
      await pebble.renewNow(certificate.raw);
      await look();
      await seen(`renewal ${round}`, async () => (await fingerprint()) !== certificate.fingerprint256);
      served.push(await load.next(served));
    }
    await load.stop();
    assert.deepEqual([Object.fromEntries(load.failures), load.held.size], [{}, 4]);
    assert.equal(pebble.issued, 4);
    const before = Object.keys(keys).length;
    assert.ok(Object.keys(await secrets()).length > before, "keys of certificates too");
  });

  it("gets one for a name that is added", async () => {
    await stack.set({ domains: [name, alias] });
    await stack.up();
    const names = async () => (await handshake(visit)).certificate.subjectaltname?.split(", ").sort();
    const both = [`DNS:${name}`, `DNS:${alias}`];
    await seen("both names", async () => isDeepStrictEqual(await names(), both));
    const root = await pebble.root();
    const wanted = [308, `https://${name}:${visit.port}/a`];
    // A worker of before may take a connection yet, whose certificate hasn't the name.
    await seen("the new name leads to the first", async () => {
      const { status, headers } = await page({ ...visit, name: alias, ca: root }, "/a");
      return isDeepStrictEqual([status, headers.location], wanted);
    });
  });

  it("serves on while the name leads nowhere", async () => {
    const { certificate } = await settled(() => handshake(visit));
    await pebble.renewNow(certificate.raw);
    pebble.dns.wrong = true;
    const { length } = await log("certificates");
    await look();
    await seen("the reason is said", async () =>
      (await log("certificates")).slice(length).includes("failed 1 time"),
    );
    assert.match((await log("certificates")).slice(length), /could not resolve URL/);
    pebble.dns.wrong = false;
    await servesOn(certificate.fingerprint256);
  });

  it("serves on where the CA's limit is reached, and asks no earlier than it says", async () => {
    const before = await fingerprint();
    const later = new Date(Date.now() + 7_200_000);
    pebble.limited = later;
    const { length } = await log("certificates");
    await look();
    const again = await seen(
      "the reason is said",
      async () =>
        /failed 2 time\(s\), again at ([\dT:-]+Z)/.exec((await log("certificates")).slice(length))?.[1],
    );
    // To the second, as the CA says it.
    assert.equal(again, `${later.toISOString().slice(0, 19)}Z`);
    pebble.limited = undefined;
    await servesOn(before);
  });

  it("serves on while the CA is down, says so, shows no key, and fires its alert at the third failure in a row", async (t) => {
    const before = await fingerprint();
    const root = await pebble.root();
    await pebble.down();
    const run = async () => {
      await look();
      await seen("the reason is said", async () =>
        (await log("certificates")).includes("connection refused"),
      );
      return stack.run("up");
    };
    const { reply, hits } = await searched(stack, { run, secrets });
    assert.equal(reply.ok, true, reply.output);
    assert.deepEqual(hits, {});
    const began = performance.now();
    const prometheus = new Prometheus(stack);
    await seen("the alert", async () =>
      (await prometheus.alerts()).some((alert) => alert.startsWith("CertificateFailed ")),
    );
    await t.annotate(`CertificateFailed after ${((performance.now() - began) / 1000).toFixed(1)} s`);
    const [failures] = await prometheus.query("berth_certificate_failures");
    assert.equal(failures?.value[1], "3");
    await servesOn(before, root);
  });

  /** The certificate of before, and the page behind it. */
  async function servesOn(before: string, root?: string): Promise<void> {
    assert.equal(await fingerprint(), before);
    assert.equal((await page({ ...visit, ca: root ?? (await pebble.root()) }, "/api/health")).status, 200);
  }
});
