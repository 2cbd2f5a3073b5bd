import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "vitest";
import { bootConf, nginxConf } from "../../../services/proxy/conf.ts";
import type { Listener, ProxyModel, Route } from "../../../services/proxy/model.ts";
import type { HeaderPreset } from "../../../services/proxy/presets.ts";
import { models } from "./models.ts";

const golden = {
  "attn-main.conf": nginxConf(models["attn-main"]),
  "docsai.conf": nginxConf(models.docsai),
  "boot.conf": bootConf(models.docsai),
};

for (const [name, text] of Object.entries(golden))
  test(`the text of ${name} is as recorded (BERTH_UPDATE_GOLDEN=1 records it)`, () => {
    const file = new URL(name, import.meta.url);
    if (process.env.BERTH_UPDATE_GOLDEN === "1") writeFileSync(file, text);
    assert.equal(text, readFileSync(file, "utf8"));
  });

test("what the public reaches listens over IPv6 too where that is asked for, and nothing else changes", () => {
  const listens = (text: string) =>
    text.split("\n").flatMap((line) => /^ *listen (.*);$/.exec(line)?.[1] ?? []);
  const both = (one: string) =>
    /^(?:80|443)\b/.test(one) ? [one, one.replace(/^\d+/, (port) => `[::]:${10_000 + Number(port)}`)] : [one];
  for (const conf of [nginxConf, bootConf]) {
    const [four, six] = [conf(models.docsai), conf({ ...models.docsai, ipv6: true })];
    assert.deepEqual(listens(six).toSorted(), listens(four).flatMap(both).toSorted());
    assert.equal(six.replace(/^ *listen \[::\].*\n/gm, ""), four);
  }
});

test("an upstream with one replica never locks it out, one with several does for two seconds", () => {
  assert.deepEqual(block("upstream frontend", models.loc8), [
    "upstream frontend {",
    "zone upstream:frontend 256k;",
    "server frontend-3f9c-a:3000 resolve max_fails=0;",
    "keepalive 128;",
    "keepalive_timeout 1s;",
    "}",
  ]);
  assert.deepEqual(block("upstream backend", models.loc8).slice(2, 5), [
    "server backend-3f9c-a:8000 resolve max_fails=3 fail_timeout=2s;",
    "server backend-3f9c-b:8000 resolve max_fails=3 fail_timeout=2s;",
    "server backend-3f9c-c:8000 resolve max_fails=3 fail_timeout=2s;",
  ]);
});

test("an upstream without replicas is left out, and its routes and inner port answer 503", () => {
  const text = nginxConf(models.vru);
  assert.equal(text.includes("upstream camera-service"), false);
  assert.deepEqual(server("server_name camera-service;", text).slice(5, 9), [
    "location / {",
    "error_page 403 404 405 413 416 421 429 500 502 503 504 @error_json;",
    "return 503;",
    "}",
  ]);
});

test("the only service of an inner port answers any host, several are told apart and strangers refused", () => {
  const text = nginxConf(models.vru);
  assert.equal(server("server_name ml-engine;", text)[1], "listen 8001 default_server;");
  assert.equal(server("server_name frontend;", text)[1], "listen 3000;");
  assert.equal(server("server_name grafana;", text)[1], "listen 3000;");
  assert.deepEqual(server("listen 3000 default_server;", text).slice(2, 5), [
    "server_name _;",
    "location / {",
    "return 421;",
  ]);
});

test("a route takes its own rate, the listener's, or none", () => {
  const model = (routeRate: object): ProxyModel => ({
    release: "1",
    upstreams: [{ name: "api", servers: ["a:1"] }],
    rates: ["own", "common"].map((name) => ({ name, requests: 5, per: "minute" })),
    listeners: [
      { port: 80, rate: { zone: "common" }, routes: [{ path: "/", to: { upstream: "api" }, ...routeRate }] },
    ],
  });
  const limits = (routeRate: object): string[] =>
    block("location / {", model(routeRate)).filter((line) => line.startsWith("limit_req "));
  assert.deepEqual(limits({ rate: { zone: "own", burst: 0 } }), ["limit_req zone=own;"]);
  assert.deepEqual(limits({}), ["limit_req zone=common burst=20 nodelay;"]);
  assert.deepEqual(limits({ rate: null }), []);
  assert.equal(
    nginxConf(model({})).includes("limit_req_zone $binary_remote_addr zone=own:10m rate=5r/m;"),
    true,
  );
});

test("a header is filled in where the application sends none, replaced where set says so, and left by null", () => {
  const text = nginxConf(models.vru);
  const variable = /add_header X-Frame-Options (\$x_frame_options_[0-9a-f]{6}) always;/;
  const grafana = block("location ^~ /grafana/", models.vru);
  const filled = grafana.map((line) => variable.exec(line)?.[1]).find((found) => found !== undefined) ?? "";
  assert.deepEqual(block(`map $upstream_http_x_frame_options ${filled} {`, text), [
    `map $upstream_http_x_frame_options ${filled} {`,
    'default "";',
    '"" "SAMEORIGIN";',
    "}",
  ]);
  assert.equal(grafana.includes("proxy_hide_header X-Frame-Options;"), false);
  assert.equal(grafana.includes('add_header X-Robots-Tag "noindex" always;'), true);
  for (const name of ["X-Robots-Tag", "X-Version"])
    assert.equal(grafana.includes(`proxy_hide_header ${name};`), true, name);
  assert.equal(
    grafana.some((line) => line.startsWith("add_header X-Version")),
    false,
  );
  assert.deepEqual(
    grafana.filter((line) => line.includes("Content-Security-Policy")),
    ['add_header Content-Security-Policy "" always;'],
    "which adds none",
  );
});

test("a header that would take the application's own away isn't left empty", () => {
  const route: Route = { path: "/a/", to: { upstream: "app" }, headers: { ETag: null, "X-Own": null } };
  const listener: Listener = {
    port: 80,
    preset: "none",
    headers: { ETag: "1", "X-Own": "1" },
    routes: [route],
  };
  const found = block("location ^~ /a/", {
    release: "1",
    upstreams: [{ name: "app", servers: ["a:1"] }],
    listeners: [listener],
  });
  assert.deepEqual(
    found.filter((line) => /^add_header (?:ETag|X-Own)/.test(line)),
    ['add_header X-Own "" always;'],
  );
});

test("the counters are for addresses that containers have, and for nobody else", () => {
  const found = block(
    "location = /stub_status {",
    nginxConf({ ...models.loc8, statusPort: 8098 }).split("8098")[1] ?? "",
  );
  assert.deepEqual(found.slice(-2), ["deny all;", "}"]);
  assert.equal(found.includes("allow 172.16.0.0/12;"), true);
});

test("presets: none adds nothing, basic no policy, strict both policies", () => {
  const names = (preset: HeaderPreset): string[] =>
    nginxConf({ ...models["attn-main"], listeners: [{ port: 80, preset, routes: [] }] })
      .split("\n")
      .flatMap((line) => /add_header (\S+) \$\w+_[0-9a-f]{6} always/.exec(line)?.[1] ?? []);
  assert.deepEqual(names("none"), []);
  assert.deepEqual(names("basic"), [
    "Referrer-Policy",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "X-XSS-Protection",
  ]);
  assert.equal(names("strict").length, 10);
  assert.equal(names("strict").includes("Permissions-Policy"), true);
});

test("a path without its slash is answered as with it, unless another route has it or the path is taken off", () => {
  const app = { upstream: "app" } as const;
  const heads = (...routes: Partial<Route>[]): string[] => {
    const listener = { port: 80, routes: routes.map((route) => ({ path: "", to: app, ...route })) };
    const conf = nginxConf({ ...models.arv, listeners: [listener] });
    return [...conf.matchAll(/location (.*\/(?:items|g).*) \{/g)].map(([, head = ""]) => head);
  };
  const items = { path: "/items/" };
  assert.deepEqual(heads(items), ["^~ /items/", "= /items"]);
  assert.deepEqual(heads(items, { path: "/items", exact: true }), ["^~ /items/", "= /items"]);
  assert.deepEqual(heads(items, { path: "/items" }), ["^~ /items/", "^~ /items"]);
  assert.deepEqual(heads({ ...items, exact: true }), ["= /items/"]);
  assert.deepEqual(heads({ path: "/g/", to: { ...app, stripPath: true } }), ["^~ /g/"]);
  assert.deepEqual(heads({ path: "/" }), []);
});

test("a route allows its pages what a strict preset denies, and no more", () => {
  const policies = (preset: HeaderPreset): string[] => {
    const target = { upstream: "app" } as const;
    const routes = [
      { path: "/ar/", to: target, allows: ["camera"] as const },
      { path: "/", to: target },
    ];
    const conf = nginxConf({ ...models.arv, listeners: [{ port: 80, preset, routes }] });
    return [...conf.matchAll(/"" "(accelerometer=.*)";/g)].map(([, policy = ""]) => policy);
  };
  const rest =
    "display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(), usb=()";
  assert.deepEqual(policies("strict"), [
    `accelerometer=(), camera=(), ${rest}`,
    `accelerometer=(), camera=(self), ${rest}`,
  ]);
  assert.deepEqual(policies("basic"), []);
});

test("HSTS is said where TLS ends, and where a trusted proxy says that the client came by HTTPS", () => {
  const lines = (model: ProxyModel): string[] =>
    nginxConf(model)
      .split("\n")
      .filter((line) => line.includes("strict_transport_security") && line.includes("map "))
      .map((line) => line.trim().replace(/_[0-9a-f]{6} /, " "));
  assert.deepEqual(lines(models["attn-main"]), []);
  assert.deepEqual(lines(models.docsai), [
    "map $scheme:$upstream_http_strict_transport_security $strict_transport_security {",
  ]);
  assert.deepEqual(lines(models.vru), [
    "map $client_scheme:$upstream_http_strict_transport_security $strict_transport_security {",
  ]);
  const listener: Listener = { port: 80, names: ["a.test"], aliases: ["b.test"], routes: [] };
  const front = nginxConf({ ...models.vru, listeners: [listener] });
  assert.match(
    server("server_name b.test;", front).join("\n"),
    /add_header Strict-Transport-Security \$strict_/,
  );
});

test("gRPC has an upstream of its own, HTTP/2 on its port, and no size", () => {
  const text = nginxConf(models.loc8);
  const lines = block("location ^~ /rpc.Locations/", models.loc8);
  for (const line of [
    "grpc_pass grpc://backend--grpc;",
    "client_max_body_size 0;",
    "client_body_timeout 600s;",
    "grpc_set_header X-Forwarded-For $remote_addr;",
    "grpc_hide_header X-Powered-By;",
  ])
    assert.equal(lines.includes(line), true, line);
  assert.equal(block("upstream backend--grpc", text).length, 8);
  // nginx goes by the first server of a port.
  for (const line of ["listen 80 default_server;", "listen 80;"])
    assert.equal(server(line, text).includes("http2 on;"), true, line);
  assert.equal(nginxConf(models.arv).includes("http2"), false);
});

test("files below the top are an alias, their index a name below it, and dot files are refused", () => {
  const [top, below] = [block("location / {", models.arv), block("location ^~ /storage/", models.arv)];
  assert.equal(top.includes("root /srv/spa;"), true);
  assert.equal(top.includes("try_files $uri /index.html =404;"), true);
  assert.equal(below.includes("alias /srv/storage/;"), true);
  assert.equal(below.includes("try_files $uri $uri/index.html =404;"), true);
  assert.equal(below.includes('add_header Cache-Control "$cache_30d";'), true);
  assert.deepEqual(below.slice(-4), ["location ~ /\\. {", "return 404;", "}", "}"]);
});

test("a streamed upload is neither buffered nor started over, and may be as large as its listener says", () => {
  const lines = block("location ^~ /api/upload", models.arv);
  for (const line of ["proxy_request_buffering off;", "proxy_buffering off;", "error_page 502 = @down_json;"])
    assert.equal(lines.includes(line), true, line);
  assert.equal(
    server("listen 80 default_server;", nginxConf(models.arv)).includes("client_max_body_size 500m;"),
    true,
  );
});

test("without trusted proxies nobody's X-Forwarded-For counts, with them only theirs", () => {
  assert.equal(nginxConf(models.arv).includes("set_real_ip_from"), false);
  const text = nginxConf(models.vru);
  for (const line of [
    "set_real_ip_from 10.20.0.0/16;",
    "set_real_ip_from 2001:db8::/32;",
    "real_ip_recursive on;",
    "2001:db8::/32 1;",
    "proxy_set_header X-Forwarded-Host $client_host;",
  ])
    assert.equal(text.includes(line), true, line);
  assert.equal(
    nginxConf(models.arv).includes("proxy_set_header Host $host$is_request_port$request_port;"),
    true,
  );
  assert.equal(text.includes("proxy_set_header X-Forwarded-Proto $client_scheme;"), true);
});

test("a trusted proxy may ask for any host, everybody else for those that are named", () => {
  const text = nginxConf(models.vru);
  assert.deepEqual(block("map $from_trusted:$host $stranger_80 {", text), [
    "map $from_trusted:$host $stranger_80 {",
    'default "1";',
    '"~^1:" "";',
    '"~*^0:vru\\.example\\.com$" "";',
    '"~*^0:.+\\.vru\\.example\\.com$" "";',
    "}",
  ]);
  assert.deepEqual(server("if ($stranger_80) {", text).slice(1, 5), [
    "listen 80 default_server;",
    "if ($stranger_80) {",
    "return 421;",
    "}",
  ]);
});

test("the access log holds no query, and can be errors only or off", () => {
  const log = (accessLog: ProxyModel["accessLog"]): string[] =>
    nginxConf({ ...models["attn-main"], accessLog })
      .split("\n")
      .filter((line) => line.includes("access_log ") && !line.includes("        "))
      .map((line) => line.trim());
  assert.deepEqual(log("json"), ["access_log /dev/stdout berth buffer=4k flush=250ms;"]);
  assert.deepEqual(log("errors"), ["access_log /dev/stdout berth buffer=4k flush=250ms if=$failed;"]);
  assert.deepEqual(log("off"), ["access_log off;"]);
  assert.equal(
    /log_format.*\$(request|args|query_string|request_uri|http_cookie)\b/.test(golden["docsai.conf"]),
    false,
  );
});

test("a path that is stripped is matched literally", () => {
  const listener: Listener = {
    port: 80,
    routes: [{ path: "/v1.0/", to: { upstream: "api", stripPath: true } }],
  };
  const lines = block("location ^~ /v1.0/", {
    release: "1",
    upstreams: [{ name: "api", servers: ["a:1"] }],
    listeners: [listener],
  });
  assert.equal(lines.includes('rewrite "^/v1\\.0/(?<below>.*)$" "/$below" break;'), true);
});

test("what a proxy starts with follows from its ports alone", () => {
  const bare = models.docsai.listeners.map(({ port, tls }) => ({ port, tls, routes: [] }));
  assert.equal(bootConf(models.docsai), bootConf({ listeners: bare }));
});

test("the same model gives the same text", () => {
  for (const model of Object.values(models))
    assert.equal(nginxConf(model), nginxConf(structuredClone(model)));
});

/** The lines of the first block that begins so, without indentation; a location is one of the public server. */
function block(head: string, model: ProxyModel | string): string[] {
  const lines = (typeof model === "string" ? model : nginxConf(model)).split("\n");
  const begin = head.startsWith("location") ? lines.findIndex((line) => line.includes("listen 80 ")) : 0;
  const first = lines.findIndex((line, index) => index >= begin && line.trim().startsWith(head));
  const indent = lines[first]?.search(/\S/) ?? 0;
  const last = lines.findIndex((line, index) => index > first && line === `${" ".repeat(indent)}}`);
  return lines
    .slice(first, last + 1)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** The server block that holds a line. */
function server(line: string, text: string): string[] {
  const blocks = text.split("\n    server {\n").slice(1);
  const found = blocks.find((body) => body.split("\n").some((candidate) => candidate.trim() === line));
  assert.ok(found, line);
  return block("server {", `    server {\n${found}`);
}

test("a proxy has another answer the CA, and hands its pair to who has the login", () => {
  const { docsai } = models;
  const [listener] = docsai.listeners;
  assert.ok(listener, "the model has a listener");
  const { certificate, key } = listener.tls;
  const tls = { certificate, key, challengeHost: "nginx" };
  const handing = { port: 8097, folder: "/run/berth/tls/issued", logins: "/etc/berth/handing.conf" };
  const text = nginxConf({ ...docsai, listeners: [{ ...listener, tls }], handing });
  const challenge = text.split("location ^~ /.well-known/acme-challenge/ {")[1]?.split("}")[0] ?? "";
  // By a variable: nginx starts while the other isn't there.
  assert.deepEqual(challenge.trim().split(/\s*\n\s*/), [
    "set $challenge_host nginx;",
    "proxy_pass http://$challenge_host;",
  ]);
  const handed = text.split("listen 8097 default_server;")[1] ?? "";
  assert.match(handed, /if \(\$may_take_the_pair = 0\) \{\s*return 403;/);
  assert.match(
    text,
    /map \$http_authorization \$may_take_the_pair \{\s*default 0;\s*include \/etc\/berth\/handing\.con\[f\];/,
  );
  const wrong = { ...tls, challengeHost: "no host; evil" };
  assert.throws(
    () => nginxConf({ ...docsai, listeners: [{ ...listener, tls: wrong }] }),
    /listeners\[0\]\.tls\.challengeHost: must be letters/,
  );
});

test("with TLS a further name leads to the first one over either scheme, and both answer the CA", () => {
  const { docsai } = models;
  const [listener] = docsai.listeners;
  assert.ok(listener, "the model has a listener with TLS");
  const [name = ""] = listener.names;
  const text = nginxConf({
    ...docsai,
    listeners: [
      { ...listener, aliases: ["www.alias.test"], tls: { ...listener.tls, challengeDir: "/run/c" } },
    ],
  });
  const servers = text
    .split(/^ {4}server \{$/m)
    .slice(1)
    .filter((server) => server.includes("server_name www.alias.test;"))
    .map((server) => server.split("\n").map((line) => line.trim()));
  const [plain = [], secure = [], ...others] = servers;
  assert.deepEqual(others, []);
  assert.ok(plain.includes(`listen ${listener.port};`));
  assert.ok(plain.includes("alias /run/c/;"));
  assert.ok(secure.includes("listen 443 ssl;"));
  for (const server of [plain, secure]) assert.ok(server.includes(`return 308 https://${name}$request_uri;`));
  const isHsts = (line: string) => line.startsWith("add_header Strict-Transport-Security ");
  assert.deepEqual([plain.some(isHsts), secure.some(isHsts)], [false, true]);
  assert.equal(text.split("alias /run/c/;").length - 1, 2, "under the first name too");
});
