import assert from "node:assert/strict";
import { test } from "vitest";
import type { SystemName } from "../../systems/index.ts";
import { stackOn } from "./anyStack.ts";
import { proxyConfigurations } from "./fuzz/proxies.ts";
import { localStack } from "./localStack.ts";

const containerType = "docker:index/container:Container";

/** The lines of the public proxy's configuration, without indentation. */
async function conf(config: Record<string, unknown> & { system: SystemName }): Promise<string[]> {
  const proxy = config.system === "attn" ? "main-app-nginx" : "nginx";
  const graph = await localStack(config);
  const [upload] = graph.the(containerType, `${proxy}-release-files`).inputs.uploads as { content: string }[];
  return (upload?.content ?? "").split("\n").map((line) => line.trim());
}

/** The lines of a location, as far as the next one. */
function location(lines: string[], head: string): string[] {
  const first = lines.indexOf(`location ${head} {`);
  assert.notEqual(first, -1, head);
  return lines.slice(
    first + 1,
    lines.findIndex((line, i) => i > first && line.startsWith("location ")),
  );
}

function hasPolicy(lines: string[]): boolean {
  return lines.some((line) => line.startsWith("add_header Content-Security-Policy $"));
}

test("the reference application is served under strict headers, an owner's image under basic ones", async () => {
  assert.equal(hasPolicy(await conf({ system: "loc8" })), true);
  const images = { backend: "nginx:1.30" };
  const lines = await conf({ system: "loc8", images });
  assert.equal(hasPolicy(lines), false);
  assert.equal(
    lines.some((line) => line.startsWith("add_header X-Frame-Options $")),
    true,
  );
  assert.equal(hasPolicy(await conf({ system: "loc8", images, headers: { preset: "strict" } })), true);
});

test("headers by setting go over the system's, and by route over those", async () => {
  const lines = await conf({
    system: "docsai",
    headers: { preset: "none", set: { "X-Robots-Tag": "noindex" } },
    routes: { "/api/": { headers: { preset: "basic", remove: ["X-Robots-Tag"] } } },
  });
  const root = lines.slice(0, lines.indexOf("location ^~ /api/ {"));
  assert.equal(root.includes('add_header X-Robots-Tag "noindex" always;'), true);
  assert.equal(
    root.some((line) => line.startsWith("add_header Referrer-Policy")),
    false,
  );
  const api = location(lines, "^~ /api/");
  assert.equal(api.includes("proxy_hide_header X-Robots-Tag;"), true);
  assert.equal(api.includes('add_header X-Robots-Tag "noindex" always;'), false);
  assert.equal(
    api.some((line) => line.startsWith("add_header X-Frame-Options $")),
    true,
  );
});

test("arv takes bodies as large as its document says, and another path for uploads", async () => {
  const lines = await conf({
    system: "arv",
    routes: {
      "/api/uploads/": { maxBodyMegabytes: 2000, buffering: false, timeoutSeconds: 900, rate: "upload" },
      "/redoc": { remove: true },
    },
  });
  assert.equal(lines.includes("client_max_body_size 500m;"), true);
  const own = location(lines, "^~ /api/");
  assert.equal(
    own.some((line) => line.startsWith("client_max_body_size")),
    false,
  );
  const uploads = location(lines, "^~ /api/uploads/");
  for (const line of [
    "limit_req zone=upload burst=20 nodelay;",
    "client_max_body_size 2000m;",
    "proxy_read_timeout 900s;",
    "proxy_request_buffering off;",
    "proxy_pass http://app;",
  ])
    assert.equal(uploads.includes(line), true, line);
  assert.equal(lines.includes("location ^~ /redoc {"), false);
});

test("a new path is answered and bounded as what answered it so far", async () => {
  const lines = await conf({ system: "loc8", routes: { "/api/v2/": { timeoutSeconds: 5 } } });
  const own = location(lines, "^~ /api/v2/");
  for (const line of ["limit_req zone=api burst=800 nodelay;", "proxy_pass http://backend;"])
    assert.equal(own.includes(line), true, line);
});

test("bodies that wait and are larger than the system's do so on a volume", async () => {
  const targets = async (route: object): Promise<string[]> => {
    const graph = await localStack({ system: "loc8", routes: { "/api/": route } });
    const mounts = graph.the(containerType, "nginx").inputs.mounts as { target: string }[];
    return mounts.map(({ target }) => target);
  };
  assert.equal((await targets({ maxBodyMegabytes: 500 })).includes("/var/spool/bodies"), true);
  assert.equal((await targets({ maxBodyMegabytes: 5 })).includes("/var/spool/bodies"), false);
  assert.equal(
    (await targets({ maxBodyMegabytes: 500, buffering: false })).includes("/var/spool/bodies"),
    false,
  );
});

test("attn's public proxy can lead to the other project's service, by gRPC too", async () => {
  const lines = await conf({
    system: "attn",
    routes: { "/faces.Recognition/": { to: "api-gateway", grpc: true, rate: "none" } },
  });
  const own = location(lines, "^~ /faces.Recognition/");
  assert.equal(own.includes("grpc_pass grpc://api-gateway--grpc;"), true);
  assert.equal(
    own.some((line) => line.startsWith("limit_req ")),
    false,
  );
});

test("a front is believed, and aliases lead to the domain, by setting alone", async () => {
  const usual = await conf({ system: "loc8", domain: "example.org" });
  assert.equal(
    usual.some((line) => line.includes("real_ip")),
    false,
  );
  const lines = await conf({
    system: "loc8",
    domain: "example.org",
    aliases: ["www.example.org"],
    trustedProxies: ["10.0.0.0/8", "2001:db8::/32"],
  });
  for (const line of [
    "set_real_ip_from 10.0.0.0/8;",
    "set_real_ip_from 2001:db8::/32;",
    "proxy_set_header X-Forwarded-Proto $client_scheme;",
    "server_name www.example.org;",
    "return 308 $client_scheme://example.org$is_request_port$request_port$request_uri;",
  ])
    assert.equal(lines.includes(line), true, line);
});

test("maintenance has the page of settings, and leaves the system's health and what watches it open", async () => {
  const page = "<h1>Back at six</h1>";
  const config = {
    system: "arv" as const,
    monitoring: true,
    maintenance: { page, retryAfterSeconds: 900 },
  };
  const graph = await localStack(config);
  const { uploads } = graph.the(containerType, "nginx-release-files").inputs as {
    uploads: { file: string; content: string }[];
  };
  assert.equal(uploads.find(({ file }) => file.endsWith("/maintenance.html"))?.content, page);
  const [command = ""] = graph.the(containerType, "nginx-release").inputs.command as string[];
  assert.match(command, /^page=\/etc\/berth\/maintenance\.html shown=\/run\/berth\/maintenance\.html$/m);
  const lines = await conf(config);
  const map = lines.indexOf("map $uri $closed_80 {");
  const open = lines
    .slice(map, lines.indexOf("}", map))
    .flatMap((line) => /^"~\^(.*)" "";$/.exec(line)?.[1] ?? []);
  assert.deepEqual(open.slice(-3), ["/api/health/readiness$", "/grafana/", "/grafana$"]);
  assert.equal(location(lines, "= /.maintenance.html").includes("add_header Retry-After 900 always;"), true);
});

test("a proxy that may use more CPUs than nginx gets workers has as many as it may", async () => {
  const workers = async (cpus: number) => {
    const capacity = { cpus: 512, memory: 65536 };
    const graph = await stackOn("existing", "loc8", { host: { capacity }, limits: { nginx: { cpus } } });
    const texts = proxyConfigurations(graph);
    return texts.map((text) => Number(/^worker_processes (\d+);$/m.exec(text)?.[1]));
  };
  // What it starts with, and what it is switched to.
  assert.deepEqual(await workers(63), [1, 63]);
  assert.deepEqual(await workers(128), [1, 64]);
});
