import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, it } from "vitest";
import type { Verdict } from "../../cli/verify/verdicts.ts";
import { testCa, type TestCa } from "../tools/certificates.ts";
import { startCloudDns, type CloudDns } from "../tools/cloudDns.ts";
import { docker, log } from "../tools/docker.ts";
import { handshake, page, settled, type Visit } from "../tools/handshakes.ts";
import { withoutAws } from "../tools/moto.ts";
import { bridgeGateway, noPebble, Pebble } from "../tools/pebble.ts";
import { startRoute53, type Route53 } from "../tools/route53.ts";
import { dockerTells, leaks, searched, secretsOfKey, type Hits } from "../tools/secrets.ts";
import { skipWhen } from "../tools/skip.ts";
import { freePort, LiveStack } from "../tools/stack.ts";
import { until } from "../tools/wait.ts";
import { ask } from "./verified.ts";

const [zone, unlisted] = ["example.test", "shop.example.test"];
const challenge = `_acme-challenge.${zone}`;

/** Seconds for one thing to happen on a machine that is slow, or busy with other tests. */
const patience = 240;

describe("certificates by the DNS", skipWhen(withoutAws ?? (await noPebble())), () => {
  let ca: TestCa;
  let pebble: Pebble;
  let amazon: Route53;
  let google: CloudDns;
  let stack: LiveStack;
  let visit: Visit;

  const eab = { kid: "key-of-a-test", hmac: randomBytes(32).toString("base64url") };
  /** Encrypted as a whole, as all of it but the login is public. */
  const give = (provider: string, credentials: Record<string, string>) => {
    const tls = { ca: pebble.directory, caCertificate: ca.root, eab, dns: { provider, credentials } };
    return stack.keep("tls", JSON.stringify(tls));
  };

  beforeAll(async () => {
    ca = await testCa();
    const gateway = await bridgeGateway();
    const config = { optional: { postgres: false, redis: false }, replicas: { backend: 1 } };
    stack = await LiveStack.open({ system: "loc8", config, images: ["goacme/lego:v5.6.0"] });
    const port = Number(new URL(stack.url).port);
    const httpsPort = await freePort();
    visit = { port: httpsPort, name: zone };
    // Where it would look for answers over HTTP, nobody is.
    pebble = await Pebble.start(ca, 1, { eab });
    amazon = await startRoute53(gateway, zone);
    google = await startCloudDns(ca, gateway, zone);
    pebble.dns.zone = zone;
    pebble.dns.texts = (name) => amazon.texts(name);
    await stack.set({
      host: { kind: "local", port, httpsPort },
      domains: [zone, { name: `*.${zone}`, serve: true }],
      environment: {
        certificates: {
          AWS_ENDPOINT_URL_ROUTE_53: amazon.url,
          LEGO_DNS_RESOLVERS: pebble.resolver,
          // The zone's own servers, whose names lead nowhere here.
          LEGO_DNS_PROPAGATION_DISABLE_ANS: "true",
          // Google's clients know no other address of it, and none of this machine's CAs.
          HTTPS_PROXY: google.proxy,
          NO_PROXY: gateway,
          SSL_CERT_FILE: "/etc/berth/ca.pem",
        },
      },
    });
    await give("route53", amazon.key);
  });
  afterAll(async () => {
    await stack.close();
    await pebble.close();
    amazon.close();
    google.close();
    await ca.close();
  });

  const words = async () => {
    const [found] = await stack.containers("certificates");
    return log(found?.id ?? "none");
  };
  /** Waits for a state, and where it doesn't come says what was done. */
  const seen = <T>(what: string, state: () => Promise<T>) =>
    until(what, patience, state).catch(async (error: unknown) => {
      assert.fail(`${String(error)}\n${await words()}\n${pebble.dns.failures.join("\n")}\n${pebble.log}`);
    });
  const served = async (name: string) => handshake({ ...visit, name, ca: await pebble.root() });
  const fingerprint = async () => (await served(zone)).certificate.fingerprint256;
  /** Has the CA say that what serves is to be renewed now. */
  const due = async () => {
    const { certificate } = await settled(() => served(zone));
    await pebble.renewNow(certificate.raw);
    return certificate.fingerprint256;
  };
  /** As a renewal is asked for without another login. */
  const look = async () => {
    const [found] = await stack.containers("certificates");
    await docker.getContainer(found?.id ?? "none").kill({ signal: "SIGHUP" });
  };
  const verified = async () => {
    const { checks } = JSON.parse((await ask("verify", stack, "--json")).stdout) as { checks: Verdict[] };
    return checks.find(({ what }) => what === `certificate of ${zone}`);
  };
  const status = async () =>
    (JSON.parse((await ask("status", stack, "--json")).stdout) as { certificates?: string }).certificates ??
    "";
  /** Whether a part of a login is in nothing that Docker, the state or a verb tells. */
  const isNowhere = async (secret: string) => {
    const texts = { ...(await dockerTells(stack)), state: await stack.exported(), status: await status() };
    for (const [place, text] of Object.entries(texts)) assert.deepEqual(leaks(text, { secret }), [], place);
    const shown = await stack.exported("--show-secrets");
    assert.notDeepEqual(leaks(shown, { secret }), [], "it is found where it is");
  };

  /** Up, and a certificate that a browser takes; no login is to be seen but in the environment of lego itself. */
  const searchedUntil = async (
    what: string,
    isThere: () => Promise<boolean>,
    secrets: Record<string, string>,
  ) => {
    const run = async () => {
      const reply = await stack.run("up", { verbose: true });
      const began = performance.now();
      await seen(what, isThere);
      return { ...reply, seconds: (performance.now() - began) / 1000 };
    };
    const { reply, hits } = await searched(stack, { run, secrets: () => secrets });
    assert.equal(reply.ok, true, reply.output.slice(-3000));
    const { "environments of processes": environments = [], ...others }: Hits = hits;
    assert.deepEqual(others, {});
    assert.deepEqual(
      environments.filter((hit) => !hit.endsWith(" raw")),
      [],
    );
    return reply;
  };

  it("are of the name and a wildcard, which serves a name that nobody listed", async (t) => {
    const secrets = { "the login": amazon.key.AWS_SECRET_ACCESS_KEY, "the MAC key": eab.hmac };
    const first = async () => (await served(zone)).distrust === "";
    const { seconds } = await searchedUntil("the first certificate", first, secrets);
    await t.annotate(`first certificate ${seconds.toFixed(1)} s after the run`);
    const { certificate, distrust } = await settled(() => served(unlisted));
    assert.deepEqual(
      [certificate.subjectaltname?.split(", ").sort(), distrust],
      [[`DNS:*.${zone}`, `DNS:${zone}`], ""],
    );
    const { status } = await page({ ...visit, name: unlisted, ca: await pebble.root() }, "/api/health");
    assert.equal(status, 200);
    assert.equal(pebble.issued, 1);
  });

  it("take four permissions of Route 53, and leave no record behind", async () => {
    const actions = [
      "ChangeResourceRecordSets",
      "GetChange",
      "ListHostedZonesByName",
      "ListResourceRecordSets",
    ];
    assert.deepEqual(
      [...amazon.actions].sort(),
      actions.map((action) => `route53:${action}`),
    );
    assert.deepEqual(await amazon.texts(challenge), []);
  });

  it("are renewed when the CA says so", async () => {
    const before = await due();
    await look();
    await seen("the renewal", async () => (await fingerprint()) !== before);
    assert.equal(pebble.issued, 2);
  });

  it("serve on while the DNS refuses the login, which verify, status and the log name", async () => {
    const before = await due();
    await give("route53", { ...amazon.key, AWS_SECRET_ACCESS_KEY: "of-somebody-else" });
    await stack.up();
    const reason = /SignatureDoesNotMatch: The request signature we calculated does not match/;
    await seen("the reason is said", async () => (await words()).includes("failed 1 time"));
    assert.match(await words(), reason);
    assert.match(await status(), reason);
    const { outcome, detail = "" } = (await verified()) ?? {};
    assert.equal(outcome, "pass", "the one that serves holds yet");
    assert.match(detail, reason);
    assert.equal(await fingerprint(), before);
    assert.equal((await page({ ...visit, ca: await pebble.root() }, "/api/health")).status, 200);
  });

  it("come once the login is mended", async () => {
    const before = await fingerprint();
    await give("route53", amazon.key);
    await stack.up();
    await seen("the next certificate", async () => (await fingerprint()) !== before);
    await seen("nothing is said of it any more", async () => (await status()) === "");
    await isNowhere(amazon.key.AWS_SECRET_ACCESS_KEY);
  });

  it("come from Google's DNS as well, by a service account's key", async () => {
    const before = await due();
    pebble.dns.texts = (name) => Promise.resolve(google.texts(name));
    const wrong = JSON.stringify({ ...(JSON.parse(google.key) as object), private_key: strangersKey() });
    await give("gcloud", { GCE_PROJECT: "my-project-1", GCE_SERVICE_ACCOUNT: wrong });
    await stack.up();
    await seen("the reason is said", async () => /invalid_grant.*Invalid JWT Signature/.test(await status()));
    assert.equal(await fingerprint(), before);
    await give("gcloud", { GCE_PROJECT: "my-project-1", GCE_SERVICE_ACCOUNT: google.key });
    const { private_key: key } = JSON.parse(google.key) as { private_key: string };
    const next = async () => (await fingerprint()) !== before;
    await searchedUntil("the certificate", next, secretsOfKey("the service account's key", key));
    assert.deepEqual(google.texts(challenge), []);
  });
});

/** The private key of a service account that nobody knows. */
function strangersKey(): string {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}
