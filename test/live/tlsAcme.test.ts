import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, it } from "vitest";
import { placeholderOrganisation } from "../../services/proxy/watch.ts";
import { testCa, type TestCa } from "../tools/certificates.ts";
import { docker } from "../tools/docker.ts";
import { handshake, Handshakes, page, type Handshake, type Visit } from "../tools/handshakes.ts";
import { Pebble } from "../tools/pebble.ts";
import { freePort, LiveStack } from "../tools/stack.ts";
import { until } from "../tools/wait.ts";

const [name, alias] = ["loc8.example.test", "www.example.test"];

describe("certificates of an ACME CA", () => {
  let ca: TestCa;
  let pebble: Pebble;
  let stack: LiveStack;
  let visit: Visit;

  beforeAll(async () => {
    ca = await testCa();
    const optional = { postgres: false, redis: false };
    const config = { optional, replicas: { backend: 1 } };
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
  const trusted = async (): Promise<Handshake | undefined> => {
    const shaken = await handshake({ ...visit, ca: await pebble.root() });
    return shaken.distrust === "" ? shaken : undefined;
  };

  it("serves at once, with one of its own signing while the CA's isn't there, and says why", async () => {
    pebble.dns.wrong = true;
    await stack.up();
    const { certificate } = await handshake(visit);
    assert.equal(certificate.issuer.O, placeholderOrganisation);
    assert.equal(certificate.subjectaltname, `DNS:${name}`);
    await until("the reason is said", 60, async () => (await log("certificates")).includes("failed 1 time"));
    assert.match(await log("certificates"), /could not resolve URL/);
    pebble.dns.wrong = false;
  });

  it("has the first one within a minute, with the chain that browsers need", async (t) => {
    const began = performance.now();
    await look();
    const { length, certificate } = await until("the first certificate", 60, trusted);
    await t.annotate(`first certificate after ${((performance.now() - began) / 1000).toFixed(1)} s`);
    assert.equal(length, 3, "its own, the intermediate, the root");
    assert.equal(certificate.subjectaltname, `DNS:${name}`);
    assert.equal(pebble.issued, 1);
  });

  it("has nothing to do the second time, and a restart makes no new order", async () => {
    assert.deepEqual(Object.keys((await stack.up()).changes), ["same"]);
    const before = await fingerprint();
    for (const service of ["certificates", "nginx"]) {
      const [found] = await stack.containers(service);
      await docker.getContainer(found?.id ?? "none").restart();
    }
    await until("the proxy is back", 30, async () => (await fingerprint()) === before);
    await look();
    await until("it has looked", 30, async () => /Skip renewal|not needed/.test(await log("certificates")));
    assert.equal(pebble.issued, 1);
  });

  it("renews when the CA says so, three times under load, with no failed handshake", async () => {
    const load = new Handshakes({ ...visit, ca: await pebble.root() }, "/api/health", 25);
    for (const round of [1, 2, 3]) {
      const { certificate } = await handshake({ ...visit, ca: await pebble.root() });
      await pebble.renewNow(pem(certificate.raw));
      await look();
      await until(`renewal ${round}`, 60, async () => (await fingerprint()) !== certificate.fingerprint256);
    }
    await load.stop();
    assert.deepEqual(Object.fromEntries(load.failures), {});
    assert.ok(load.count > 50, `${load.count} handshakes`);
    assert.equal(pebble.issued, 4);
  });

  it("gets one for a name that is added", async () => {
    await stack.set({ domains: [name, alias] });
    await stack.up();
    const names = async () => (await handshake(visit)).certificate.subjectaltname?.split(", ").sort();
    const both = [`DNS:${name}`, `DNS:${alias}`];
    await until("both names", 60, async () => isDeepStrictEqual(await names(), both)).catch(
      async (error: unknown) => {
        assert.fail(`${String(error)}\n${await log("certificates")}\n${await log("nginx")}`);
      },
    );
    const root = await pebble.root();
    const { status, headers } = await page({ ...visit, name: alias, ca: root }, "/a");
    assert.deepEqual([status, headers.location], [308, `https://${name}:${visit.port}/a`]);
  });

  it("serves on while the CA is down, and says so", async () => {
    const [{ certificate }, root] = [await handshake(visit), await pebble.root()];
    await pebble.renewNow(pem(certificate.raw));
    await pebble.down();
    await look();
    await until("the reason is said", 60, async () =>
      (await log("certificates")).includes("connection refused"),
    );
    assert.equal(await fingerprint(), certificate.fingerprint256);
    assert.equal((await page({ ...visit, ca: root }, "/api/health")).status, 200);
  });
});

function pem(der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}
