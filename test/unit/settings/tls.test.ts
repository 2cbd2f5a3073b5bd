import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "vitest";
import { pairProblems } from "../../../lib/certificate.ts";
import { settingsFrom } from "../../../settings.ts";
import { tlsNotes } from "../../../settings/tls.ts";
import { testCa, type Pair, type TestCa } from "../../tools/certificates.ts";

const read = (config: Record<string, unknown>) => settingsFrom({ system: "loc8", ...config }, "/");

describe("domains", () => {
  it("name the system first, and say of the others whether they lead there", async () => {
    const domains = ["example.org", "www.example.org", { name: "api.example.org", serve: true }];
    const { domain, served, aliases } = await read({ domains: JSON.stringify(domains) });
    assert.deepEqual(
      { domain, served, aliases },
      {
        domain: "example.org",
        served: ["api.example.org"],
        aliases: ["www.example.org"],
      },
    );
  });

  it("have a short way", async () => {
    const { domain, served, aliases } = await read({ domain: "example.org", aliases: ["www.example.org"] });
    assert.deepEqual(
      { domain, served, aliases },
      {
        domain: "example.org",
        served: [],
        aliases: ["www.example.org"],
      },
    );
  });

  const name = 'must be a domain name such as "www.example.org" or "*.example.org"';
  const refused: [config: Record<string, unknown>, problem: string][] = [
    [
      { domains: "example.org" },
      'domains: must be a list such as ["example.org", "www.example.org"], got "example.org"',
    ],
    [{ domains: ["https://example.org"] }, `domains.0: ${name}, got "https://example.org"`],
    [{ domains: [""] }, `domains.0: ${name}, got ""`],
    [{ domains: [{ name: "a", serve: true }] }, `domains.0.name: ${name}, got "a"`],
    [
      { domains: [{ name: "example.org", serve: "yes" }] },
      'domains.0.serve: must be true or false, got "yes"',
    ],
    [
      { domains: [{ domain: "example.org" }] },
      `domains.0.name: ${name}, got nothing\ndomains.0.domain: unknown key; known: name, serve`,
    ],
    [
      { domains: ["example.org", { name: "example.org", serve: true }] },
      'domains.1: must be another name than the others, got {"name":"example.org","serve":true}',
    ],
    [{ domains: ["*."] }, `domains.0: ${name}, got "*."`],
    [
      { domains: ["*.example.org"] },
      'domains.0: must be a name and no wildcard: it is the system\'s own, got "*.example.org"',
    ],
    [
      { domains: ["example.org"], domain: "example.net" },
      'domain: must be left out where domains is set, got "example.net"',
    ],
    [
      { domains: ["example.org"], domain: "example.net", aliases: ["www.example.net"] },
      'domain: must be left out where domains is set, got "example.net"\naliases: must be left out where domains is set, got ["www.example.net"]',
    ],
  ];
  for (const [config, problem] of refused)
    it(`rejects ${JSON.stringify(config)}`, async () => {
      await assert.rejects(read(config), { message: problem });
    });
});

describe("a certificate of the owner's", () => {
  let ca: TestCa;
  let pair: Pair;
  let chain: string;
  beforeAll(async () => {
    ca = await testCa();
    pair = await ca.issue(["example.org", "*.example.org"]);
    chain = [pair.certificate, ca.intermediate, ca.root].join("");
  });
  afterAll(() => ca.close());

  it("is taken with its whole chain, with a name and without", async () => {
    const own = { certificate: chain, key: pair.key };
    assert.deepEqual((await read({ tls: JSON.stringify(own) })).tls, { own });
    const domains = ["example.org", "www.example.org"];
    assert.deepEqual((await read({ tls: own, domains })).tls, { own });
  });

  const rejected = async (tls: Record<string, unknown>, problem: string, config = {}): Promise<void> => {
    await assert.rejects(read({ tls, ...config }), { message: problem });
  };

  it("has to come with its own key, of which nothing is shown", async () => {
    const other = await ca.issue(["example.org"]);
    await rejected(
      { certificate: chain, key: other.key },
      'tls.key: must be the key of the certificate, got "another key"',
    );
    const words = "tls.key: must be a private key in PEM form without a passphrase, got";
    await rejected({ certificate: chain, key: "hunter2" }, `${words} "something else"`);
    await rejected({ certificate: chain }, "tls.key: must be text, got nothing");
    await rejected({ key: pair.key }, "tls.certificate: must be text, got nothing");
  });

  it("has to be certificates, the whole chain in order", async () => {
    const certificate = "tls.certificate: must";
    await rejected(
      { certificate: "none", key: pair.key },
      `${certificate} be PEM certificates: the site's own first, then those that it was signed by, got "something else"`,
    );
    await rejected(
      { certificate: pair.certificate, key: pair.key },
      `${certificate} hold the whole chain, up to one that a public root signed; a root of your own belongs at its end, got "nothing after site-1, which Intermediate signed"`,
    );
    await rejected(
      { certificate: [pair.certificate, ca.root, ca.intermediate].join(""), key: pair.key },
      `${certificate} be followed by the certificate that signed it, and so on in this order, got "Test-Root after site-1, which Intermediate signed"`,
    );
  });

  it("has to be for every name", async () => {
    await rejected(
      { certificate: chain, key: pair.key },
      'tls.certificate: must be for every name of the system, example.net, a.b.example.org too, got "one for example.org, *.example.org"',
      {
        domains: ["example.org", "a.b.example.org", "www.example.org", { name: "example.net", serve: true }],
      },
    );
  });

  it("has to hold at this time, and is warned of in its last two weeks", () => {
    const own = { certificate: chain, key: pair.key };
    const days = (count: number) => new Date(Date.now() + count * 86_400_000);
    const found = (when: Date | undefined) => pairProblems(own, [], when).map(({ rule }) => rule);
    assert.deepEqual(found(days(89)), []);
    assert.deepEqual(found(days(91)), ["must not have ended"]);
    assert.deepEqual(found(undefined), []);
    assert.deepEqual(found(days(-1)), ["must hold already"]);
    const end = days(90).toISOString().slice(0, 10);
    assert.deepEqual(tlsNotes({ tls: { own } }, days(75)), []);
    assert.deepEqual(tlsNotes({ tls: { own } }, days(77)), [
      `tls.certificate: ends in 12 days, on ${end}; set the next one before that`,
    ]);
  });

  it("needs a port of its own", async () => {
    const host = { kind: "local", port: 8443 };
    await rejected(
      { certificate: chain, key: pair.key },
      "host.httpsPort: must be another port than host.port, got 8443",
      { host },
    );
    assert.equal((await read({ host })).tls, false);
  });
});
describe("certificates of a CA", () => {
  const domains = ["example.org"];
  const url = 'must be the URL of an ACME directory such as "https://acme.example.org/directory"';

  it("are Let's Encrypt's unless another is named", async () => {
    const ca = "https://acme-v02.api.letsencrypt.org/directory";
    assert.deepEqual((await read({ tls: true, domains })).tls, { acme: { ca } });
    assert.deepEqual((await read({ tls: "true", domain: "example.org" })).tls, { acme: { ca } });
    assert.deepEqual((await read({ tls: { staging: true, email: "ops@example.org" }, domains })).tls, {
      acme: { ca: ca.replace("acme-v02", "acme-staging-v02"), email: "ops@example.org" },
    });
    const own = { ca: "https://ca.example.org/acme/directory", eab: { kid: "k1", hmac: "aGFzaA" } };
    assert.deepEqual((await read({ tls: own, domains })).tls, { acme: own });
  });

  it("are had by the DNS, for wildcards too", async () => {
    const dns = { provider: "cloudflare", credentials: { CF_DNS_API_TOKEN: "token-1" } };
    const names = ["example.org", { name: "*.example.org", serve: true }];
    const { tls, served } = await read({ tls: { dns }, domains: names });
    assert.deepEqual(served, ["*.example.org"]);
    assert.deepEqual(tls, { acme: { ca: "https://acme-v02.api.letsencrypt.org/directory", dns } });
  });

  const refused: [tls: unknown, problem: string, names?: string[]][] = [
    ["yes", "tls: must be true, false, or a map such as { email: ops@example.org }, got something else"],
    [{ ca: "http://ca.example.org/directory" }, `tls.ca: ${url}, got "http://ca.example.org/directory"`],
    ...["ops", "ops@intranet"].map((email): [object, string] => [
      { email },
      `tls.email: must be an e-mail address such as "ops@example.org", got "${email}"`,
    ]),
    [{ eab: { kid: "k 1", hmac: "x" } }, 'tls.eab.kid: must be one word without spaces or quotes, got "k 1"'],
    [
      { eab: { kid: "k1", hmac: "$(x)" } },
      "tls.eab.hmac: must be one word without spaces or quotes, got something else",
    ],
    [{ caCertificate: "none" }, 'tls.caCertificate: must be certificates in PEM form, got "none"'],
    [
      { ca: "https://ca.example.org/directory", staging: true },
      "tls.staging: must be left out where ca is set: staging is a directory of Let's Encrypt, got true",
    ],
    [
      { mail: "ops@example.org" },
      "tls.mail: unknown key; known: email, ca, staging, eab, caCertificate, dns",
    ],
    [
      { dns: { provider: "Cloudflare", credentials: {} } },
      'tls.dns.provider: must be the name of a DNS provider as lego has it, such as "cloudflare", got "Cloudflare"',
    ],
    [
      { dns: { provider: "cloudflare", credentials: { "API TOKEN": "x" } } },
      "tls.dns.credentials.API TOKEN: must be a variable name of letters, digits and underscores",
    ],
    [
      { dns: { provider: "cloudflare" } },
      'tls.dns.credentials: must be a map such as { LOG_LEVEL: "debug" }, got nothing',
    ],
    [
      true,
      'domains: must be without wildcards, or tls.dns be set: a CA asks for those in the DNS alone, got "*.example.org"',
      ["example.org", "*.example.org"],
    ],
    [
      true,
      'tls: must be false, or a certificate of your own, unless domains is set, got "TLS without a name"',
      [],
    ],
    [
      true,
      'domains: must be at most 100 names with tls, got "101"',
      Array.from({ length: 101 }, (_, index) => `a${index}.example.org`),
    ],
  ];
  for (const [tls, problem, names = domains] of refused)
    it(`rejects ${JSON.stringify(tls)}${names === domains ? "" : ` with ${names.length} names`}`, async () => {
      await assert.rejects(read({ tls, domains: names }), { message: problem });
    });
});
