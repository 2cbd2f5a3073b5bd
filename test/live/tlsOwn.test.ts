import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "vitest";
import { testCa, type Pair, type TestCa } from "../tools/certificates.ts";
import { handshake, Handshakes, page, plainPage, type Visit } from "../tools/handshakes.ts";
import { searched, secretsOfKey } from "../tools/secrets.ts";
import { freePort, LiveStack } from "../tools/stack.ts";
import { assertVerified } from "./verified.ts";

const [name, alias, served] = ["loc8.example.test", "www.example.test", "api.example.test"];

describe("a certificate of the owner's", () => {
  let ca: TestCa;
  let stack: LiveStack;
  let visit: Visit;
  let port: number;
  let pair: Pair;

  /** Sets a pair as its page says: the key encrypted. */
  const give = async ({ certificate, key }: Pair) => {
    await stack.set({ tls: { certificate: certificate + ca.intermediate + ca.root } });
    await stack.keep("tls.key", key);
  };

  beforeAll(async () => {
    ca = await testCa();
    pair = await ca.issue([name, alias, served]);
    const optional = { postgres: false, redis: false };
    stack = await LiveStack.open({ system: "loc8", config: { optional, replicas: { backend: 1 } } });
    port = Number(new URL(stack.url).port);
    const httpsPort = await freePort();
    visit = { port: httpsPort, name, ca: ca.root };
    const domains = [name, alias, { name: served, serve: true }];
    await stack.set({ host: { kind: "local", port, httpsPort }, domains });
    await give(pair);
  });
  afterAll(async () => {
    await stack.close();
    await ca.close();
  });

  it("serves every name with its chain, over HTTP/2 too, as soon as the system is up, and shows nobody its key", async () => {
    const run = () => stack.run("up", { verbose: true });
    const { reply, hits } = await searched(stack, { run, secrets: () => secretsOfKey("the key", pair.key) });
    assert.equal(reply.ok, true, reply.output.slice(-3000));
    assert.deepEqual(hits, {});
    assert.ok(!reply.output.includes("in plain text"), "what is encrypted isn't warned of");
    const urls = reply.outputs.urls as Record<string, string>;
    assert.equal(urls.application, `https://${name}:${visit.port}/`);
    const { distrust, certificate, protocol } = await handshake({ ...visit, protocol: "h2" });
    assert.deepEqual([distrust, protocol, certificate.subject.CN], ["", "h2", "site-1"]);
    for (const one of [name, served])
      assert.equal((await page({ ...visit, name: one }, "/api/health")).status, 200);
    const { headers } = await page(visit, "/api/health");
    assert.match(String(headers["strict-transport-security"]), /^max-age=63072000/);
  });

  it("leads HTTP and other names to it, and gives nobody else a handshake", async () => {
    const plain = async (host: string) => {
      const { status, headers } = await plainPage(port, host, "/some?page=1");
      return [status, headers.location].join(" ");
    };
    const place = (one: string) => `308 https://${one}:${visit.port}/some?page=1`;
    assert.equal(await plain(`${name}:${port}`), place(name));
    assert.equal(await plain(`${served}:${port}`), place(served));
    assert.equal(await plain(`${alias}:${port}`), place(name));
    assert.equal(await plain("other.test"), "421 ");
    const { status, headers } = await page({ ...visit, name: alias }, "/some?page=1");
    assert.deepEqual([status, headers.location], [308, `https://${name}:${visit.port}/some?page=1`]);
    await assert.rejects(handshake({ ...visit, name: "other.test" }), /unrecognized name|handshake failure/i);
    await assert.rejects(
      handshake(visit, { maxVersion: "TLSv1.1", minVersion: "TLSv1", ciphers: "ALL:@SECLEVEL=0" }),
    );
  });

  it("has nothing to do the second time, and is found well", async () => {
    assert.deepEqual(Object.keys((await stack.up()).changes), ["same"]);
    await assertVerified(stack);
  });

  it("gives way to the next one with no failed handshake", async () => {
    const load = new Handshakes(visit, 50);
    const first = await load.next();
    const before = await stack.containers("nginx");
    const next = await ca.issue([name, alias, served]);
    await give(next);
    await stack.up();
    await load.next([first]);
    await load.stop();
    assert.deepEqual([Object.fromEntries(load.failures), load.held.size], [{}, 2]);
    assert.equal((await handshake(visit)).certificate.subject.CN, "site-2");
    assert.deepEqual(await stack.containers("nginx"), before, "the proxy stays");
  });

  it("is gone with its port once TLS is off", async () => {
    await stack.set({ tls: undefined });
    await stack.up();
    await assert.rejects(handshake(visit), /ECONNREFUSED/);
    assert.equal((await plainPage(port, `${name}:${port}`, "/api/health")).status, 200);
  });
});
