import { stackOn } from "../program/anyStack.ts";
import { proxyConfigurations } from "../program/fuzz/proxies.ts";
import { three } from "../program/swarmSettings.ts";
import { testCa } from "../tools/certificates.ts";
import { systemNames } from "../../systems/index.ts";

const domains = ["example.org", "www.example.org", { name: "api.example.org", serve: true }];
const wildcards = ["example.org", "*.example.net", { name: "*.example.org", serve: true }];

/** What decides on a proxy's text, each in a few settings of a server. */
async function variants(): Promise<Record<string, Record<string, unknown>>> {
  const ca = await testCa();
  const { certificate, key } = await ca.issue(["example.org", "*.example.org"]);
  const own = { certificate: certificate + ca.intermediate + ca.root, key };
  await ca.close();
  const dns = { provider: "route53", credentials: { AWS_ACCESS_KEY_ID: "key" } };
  const maintenance = { page: "<p>Later</p>", retryAfterSeconds: 60 };
  const left = { "/": { headers: { remove: ["X-Robots-Tag", "Referrer-Policy"] } } };
  const headers = { preset: "strict", set: { "X-Robots-Tag": "noindex" } };
  return {
    plain: {},
    front: { domains, trustedProxies: ["10.20.0.0/16", "2001:db8::/32"], headers, routes: left, maintenance },
    own: { host: { ipv6: true }, domains, tls: own, monitoring: true },
    ca: { domains, tls: true, headers, maintenance, monitoring: true },
    dns: { domains: wildcards, tls: { dns }, trustedProxies: ["10.20.0.0/16"] },
    none: { domains, tls: true, headers: { preset: "none" } },
    swarm: { ...three, domains, tls: true, monitoring: true },
  };
}

/** The text of each `nginx.conf` that each system has on a server, by system and settings. */
export async function generatedConfigurations(): Promise<[name: string, text: string][]> {
  const found: [string, string][] = [];
  const all = Object.entries(await variants());
  for (const system of systemNames)
    for (const [variant, settings] of all) {
      const texts = proxyConfigurations(await stackOn("existing", system, settings));
      found.push(...texts.map((text, index) => [`${system}-${variant}-${index}`, text] as [string, string]));
    }
  return found;
}
