import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "vitest";
import { hostKinds } from "../../components/hosts/registry.ts";
import { testCa, type TestCa } from "../tools/certificates.ts";
import { stackOn } from "./anyStack.ts";
import type { Graph } from "./harness.ts";

const containerType = "docker:index/container:Container";
const names = ["example.org", "www.example.org", "api.example.org"];
const [domain, alias, served] = names;

describe("a certificate of the owner's", () => {
  let ca: TestCa;
  let tls: Record<string, string>;
  beforeAll(async () => {
    ca = await testCa();
    const pair = await ca.issue(names);
    tls = { certificate: pair.certificate + ca.intermediate + ca.root, key: pair.key };
  });
  afterAll(() => ca.close());

  const withTls = (kind: (typeof hostKinds)[number]["name"], system: "loc8" | "docsai" = "loc8") =>
    stackOn(kind, system, { tls, domains: [domain, alias, { name: served, serve: true }] });

  for (const { name: kind } of hostKinds)
    it(`is served on ${kind}: 443 is published and open, and urls say https`, async () => {
      const graph = await withTls(kind);
      const ip = kind === "local" ? "127.0.0.1" : "0.0.0.0";
      const [http, https] = kind === "local" ? [8080, 8443] : [80, 443];
      assert.deepEqual(graph.the(containerType, "nginx").inputs.ports, [
        { ip, external: http, internal: 80 },
        { ip, external: https, internal: 443 },
      ]);
      assert.deepEqual(openPorts(graph), kind === "gce" || kind === "ec2" ? ["80", "443"] : []);
      const urls = graph.outputs.urls as Record<string, string>;
      assert.equal(urls.application, `https://${domain}${https === 443 ? "" : `:${https}`}/`);
    });

  for (const { name: kind } of hostKinds)
    it(`leaves 443 closed on ${kind} where there is none`, async () => {
      const graph = await stackOn(kind, "loc8");
      const ports = graph.the(containerType, "nginx").inputs.ports as { internal: number }[];
      assert.deepEqual(
        ports.map(({ internal }) => internal),
        [80],
      );
      assert.deepEqual(openPorts(graph), kind === "gce" || kind === "ec2" ? ["80"] : []);
    });

  it("reaches the proxy as files, its key as a secret, under a name of its own", async () => {
    const graph = await withTls("local");
    const { uploads } = graph.the(containerType, "nginx-release-files").inputs as { uploads: Upload[] };
    const files: Record<string, Upload> = Object.fromEntries(
      uploads.map((upload) => [upload.file.split("/").at(-1) ?? "", upload]),
    );
    assert.deepEqual(Object.keys(files).sort(), ["chain.pem", "key.pem", "maintenance.html", "nginx.conf"]);
    assert.equal(files["chain.pem"]?.content, tls.certificate);
    assert.equal(files["key.pem"]?.content, tls.key);
    assert.equal(files["key.pem"]?.permissions, "0400");
    const conf = files["nginx.conf"]?.content ?? "";
    const [, folder = ""] = /ssl_certificate (\/run\/berth\/tls\/[0-9a-f]{16})\/chain\.pem;/.exec(conf) ?? [];
    assert.match(conf, new RegExp(`ssl_certificate_key ${folder}/key\\.pem;`));
    const [command = ""] = graph.the(containerType, "nginx-release").inputs.command as string[];
    assert.match(command, new RegExp(`^pair=/etc/berth place=${folder}$`, "m"));
  });

  it("is told to applications: names, origins and cookies", async () => {
    const backend = environment(await withTls("existing"), "backend");
    assert.equal(backend.CORS_ORIGINS, `https://${domain},https://${served}`);
    const app = environment(await withTls("existing", "docsai"), "app");
    assert.equal(app.ALLOWED_HOSTS, `203.0.113.30,${domain},${served},localhost,app`);
    assert.equal(app.CSRF_TRUSTED_ORIGINS, `https://${domain},https://${served}`);
    assert.equal(app.TLS, "true");
    const local = environment(await withTls("local", "docsai"), "app");
    assert.equal(local.CSRF_TRUSTED_ORIGINS, `https://${domain}:8443,https://${served}:8443`);
    const plain = environment(await stackOn("existing", "docsai"), "app");
    assert.deepEqual([plain.TLS, plain.CSRF_TRUSTED_ORIGINS], [undefined, undefined]);
  });
});

describe("certificates of a CA", () => {
  const config = (tls: unknown) => ({ tls, domains: [domain, alias, { name: served, serve: true }] });

  it("are got by a container of the system's own, after the proxy's release", async () => {
    const eab = { kid: "k1", hmac: "bWFjLWtleQ" };
    const tls = { ca: "https://ca.example.org/acme", email: "ops@example.org", eab };
    const graph = await stackOn("existing", "loc8", config(tls));
    const { inputs } = graph.the(containerType, "certificates");
    assert.equal(inputs.user, "10443:101");
    assert.deepEqual([inputs.readOnly, inputs.ports, inputs.memory], [true, undefined, 96]);
    assert.deepEqual(inputs.capabilities, { drops: ["ALL"] });
    assert.match(String((inputs.healthcheck as { tests: string[] }).tests[1]), /state\/alive -mmin -90/);
    const variables = lines(inputs.envs);
    assert.equal(variables.LEGO_DOMAINS, [domain, served, alias].join(","));
    assert.equal(variables.LEGO_SERVER, tls.ca);
    assert.equal(variables.LEGO_EMAIL, tls.email);
    assert.deepEqual([variables.LEGO_EAB, variables.LEGO_EAB_KID], ["true", eab.kid]);
    assert.ok(!JSON.stringify(inputs).includes(eab.hmac), "a MAC key is a file");
    const { uploads } = graph.the(containerType, "certificates-files").inputs as { uploads: Upload[] };
    assert.deepEqual(
      uploads.map(({ content, permissions }) => [content, permissions]),
      [[eab.hmac, "0400"]],
    );
  });

  it("are had by the DNS with credentials that only lego sees, for a wildcard too", async () => {
    const dns = { provider: "cloudflare", credentials: { CF_DNS_API_TOKEN: "token-1" } };
    const graph = await stackOn("existing", "docsai", {
      tls: { dns },
      domains: [domain, { name: `*.${domain}`, serve: true }],
    });
    const { inputs } = graph.the(containerType, "certificates");
    const variables = lines(inputs.envs);
    assert.deepEqual([variables.LEGO_DNS, variables.LEGO_HTTP], ["cloudflare", undefined]);
    assert.equal(variables.LEGO_DOMAINS, `${domain},*.${domain}`);
    assert.ok(!JSON.stringify(inputs).includes("token-1"));
    const { uploads } = graph.the(containerType, "certificates-files").inputs as { uploads: Upload[] };
    assert.deepEqual(
      uploads.map(({ file, content }) => [file.split("/").at(-1), content]),
      [["variable.CF_DNS_API_TOKEN", "token-1"]],
    );
    const app = environment(graph, "app");
    assert.equal(app.ALLOWED_HOSTS, `203.0.113.30,${domain},.${domain},localhost,app`);
    assert.equal(app.CSRF_TRUSTED_ORIGINS, `https://${domain}`);
  });

  it("ask Route 53 with a region, which its client has to be told", async () => {
    const region = async (credentials: Record<string, string>, provider: string) => {
      const tls = { dns: { provider, credentials } };
      const graph = await stackOn("existing", "loc8", { tls, domains: [domain] });
      return lines(graph.the(containerType, "certificates").inputs.envs).AWS_REGION;
    };
    assert.equal(await region({ AWS_ACCESS_KEY_ID: "key-1" }, "route53"), "us-east-1");
    assert.equal(await region({ CF_DNS_API_TOKEN: "token-1" }, "cloudflare"), undefined);
  });

  it("are kept in a protected volume, which the proxy reads", async () => {
    const graph = await stackOn("existing", "loc8", config(true));
    const volume = graph.the("docker:index/volume:Volume", "certificates-data");
    assert.equal(volume.options.protect, true);
    const mounts = (name: string) =>
      (
        graph.the(containerType, name).inputs.mounts as {
          target: string;
          source: string;
          readOnly: boolean;
        }[]
      ).filter(({ source }) => source === volume.inputs.name);
    const [own, read] = [mounts("certificates"), mounts("nginx")];
    assert.deepEqual(
      own.map(({ target, readOnly }) => [target, readOnly]),
      [["/var/lib/certificates", false]],
    );
    assert.deepEqual(
      read.map(({ target, readOnly }) => [target, readOnly]),
      [["/run/certificates", true]],
    );
  });

  it("answer the CA's questions over HTTP under every name, and lead all else to HTTPS", async () => {
    const graph = await stackOn("existing", "loc8", config(true));
    const { uploads } = graph.the(containerType, "nginx-release-files").inputs as { uploads: Upload[] };
    const [conf] = uploads;
    const text = conf?.content ?? "";
    assert.equal(text.split("alias /run/certificates/challenges/;").length - 1, 2);
    assert.match(text, /ssl_certificate \/run\/berth\/tls\/issued\/chain\.pem;/);
    assert.match(text, new RegExp(`return 308 https://${domain}\\$request_uri;`));
  });

  it("are watched where the system is: the proxy tells when its certificate ends", async () => {
    const texts = (graph: Graph, name: string) => {
      const { uploads } = graph.the(containerType, name).inputs as { uploads: Partial<Upload>[] };
      return uploads.map(({ content = "" }) => content).join("\n");
    };
    const graph = await stackOn("existing", "loc8", { ...config(true), monitoring: true });
    assert.match(texts(graph, "nginx-release-files"), /alias \/run\/berth\/tls\/certificate\.prom;/);
    assert.match(texts(graph, "prometheus-files"), /job_name: certificates\n(?: +.*\n)*? +- nginx:8098/);
    const plain = await stackOn("existing", "loc8", { monitoring: true });
    assert.doesNotMatch(texts(plain, "prometheus-files"), /job_name: certificates/);
    assert.doesNotMatch(texts(plain, "nginx-release-files"), /location = \/metrics/);
  });

  for (const { name: kind } of hostKinds)
    it(`are had on ${kind}, and their container isn't there without TLS`, async () => {
      const graph = await stackOn(kind, "docsai", { ...config(true), host: { kind } });
      assert.equal(graph.ofType(containerType).filter(({ name }) => name === "certificates").length, 1);
      const plain = await stackOn(kind, "docsai");
      assert.equal(
        plain.ofType(containerType).filter(({ name }) => name.startsWith("certificates")).length,
        0,
      );
    });
});

interface Upload {
  file: string;
  content: string;
  permissions: string;
}

/** What the vendor's firewall opens to everyone. */
function openPorts(graph: Graph): string[] {
  const google = graph.ofType("gcp:compute/firewall:Firewall").flatMap(({ inputs }) => {
    const { sourceRanges, allows } = inputs as { sourceRanges?: string[]; allows: { ports: string[] }[] };
    return sourceRanges?.includes("0.0.0.0/0") === true ? allows.flatMap(({ ports }) => ports) : [];
  });
  const amazon = graph
    .ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    .flatMap(({ inputs }) => {
      const { cidrIpv4, fromPort } = inputs as { cidrIpv4?: string; fromPort: number };
      return cidrIpv4 === "0.0.0.0/0" ? [String(fromPort)] : [];
    });
  return [...google, ...amazon];
}

function environment(graph: Graph, service: string): Record<string, string> {
  const found = graph
    .ofType(containerType)
    .find(({ name, inputs }) => name.startsWith(`${service}-1`) && Array.isArray(inputs.envs));
  return lines(found?.inputs.envs);
}

function lines(variables: unknown): Record<string, string> {
  return Object.fromEntries(
    (variables as string[]).map((line) => {
      const [key = "", ...rest] = line.split("=");
      return [key, rest.join("=")];
    }),
  );
}
