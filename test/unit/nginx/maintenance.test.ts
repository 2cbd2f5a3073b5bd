import assert from "node:assert/strict";
import { test } from "vitest";
import { checkProxy } from "../../../services/proxy/check.ts";
import { bootConf, nginxConf } from "../../../services/proxy/conf.ts";
import { maintenanceMaps, usualPage } from "../../../services/proxy/maintenance.ts";
import { healthPage } from "../../../systems/healthPage.ts";
import type { Maintenance, ProxyModel } from "../../../services/proxy/model.ts";

const maintenance = {
  flag: "/run/berth/maintenance",
  page: "/run/berth/maintenance.html",
  open: [
    { path: "/api/health/readiness", exact: true },
    { path: "/grafana/" },
    { path: "/a.b+c", exact: true },
    { path: "/api/state/", exact: true },
  ],
};
const model = (more: Partial<Maintenance> = {}): ProxyModel => ({
  release: "1",
  upstreams: [{ name: "app", servers: ["a:1"] }],
  listeners: [
    { port: 80, maintenance: { ...maintenance, ...more }, routes: [{ path: "/", to: { upstream: "app" } }] },
  ],
  inner: [{ name: "app", port: 8000, upstream: "app" }],
});
const lines = (text: string) => text.split("\n").map((line) => line.trim());

/** The lines from this one to the end of its block. */
function block(text: readonly string[], head: string): readonly string[] {
  const begin = text.indexOf(head);
  return text.slice(begin, text.indexOf("}", begin));
}

/** Where nginx would lead: the first pattern that fits, else the default. */
function led(path: string): string {
  const [map = []] = maintenanceMaps(model());
  const entries = map.flatMap((line): [string, string][] => {
    const [, key, value] = /^ +(?:"~(.*)"|default) "(.*)";$/.exec(line) ?? [];
    return value === undefined ? [] : [[key ?? "", value]];
  });
  const usual = entries.find(([key]) => key === "")?.[1] ?? "nowhere";
  return entries.find(([key]) => key !== "" && new RegExp(key).test(path))?.[1] ?? usual;
}

test("while maintenance is on people get the page, and programs a line of JSON", () => {
  for (const path of ["/", "/docs", "/grafana", "/apiary", "/healthz/more", "/aXb+c", "/a.bbc"])
    assert.equal(led(path), "/.maintenance.html", path);
  for (const path of [
    "/api",
    "/api/items",
    "/api/health",
    "/api/health/readiness/x",
    "/api/state",
    "/api/state/x",
  ])
    assert.equal(led(path), "@maintenance_json", path);
});

test("health, a CA's questions, monitors and the page itself go on", () => {
  for (const path of [
    "/healthz",
    "/api/health/readiness",
    "/grafana/d/1",
    "/a.b+c",
    "/api/state/",
    "/.well-known/acme-challenge/token",
    "/.maintenance.html",
  ])
    assert.equal(led(path), "", path);
});

test("a listener looks for the flag before anything else of a request, and only the public one does", () => {
  const text = lines(nginxConf(model()));
  const found = text.indexOf("error_page 418 =503 $closed;");
  assert.deepEqual(text.slice(found, found + 8), [
    "error_page 418 =503 $closed;",
    'set $closed "";',
    "if (-f /run/berth/maintenance) {",
    "set $closed $closed_80;",
    "}",
    "if ($closed) {",
    "return 418;",
    "}",
  ]);
  assert.equal(text.filter((line) => line.startsWith("if (-f")).length, 1);
  // What is led to the page comes here again: its path has to be looked up anew.
  const map = text.indexOf("map $uri $closed_80 {");
  assert.equal(text[map + 1], "volatile;");
});

test("with TLS the plain port leads on and answers a CA as ever", () => {
  const listener = { ...model().listeners[0], names: ["a.test"] };
  const tls = { certificate: "/c.pem", key: "/k.pem", challengeDir: "/acme" };
  const conf = nginxConf({ ...model(), listeners: [{ port: 80, routes: [], ...listener, tls }] });
  const servers = conf.split("\n    server {\n").filter((server) => server.includes("if (-f"));
  assert.equal(servers.length, 1);
  assert.match(servers[0] ?? "", /^ +listen 443 ssl;/);
});

test("behind a front the answers have HSTS as every other has, for who came by HTTPS", () => {
  const text = lines(nginxConf({ ...model(), trustedProxies: ["10.0.0.0/8"] }));
  for (const head of ["location = /.maintenance.html {", "location @maintenance_json {"])
    assert.equal(
      block(text, head).filter((line) =>
        /^add_header Strict-Transport-Security \$strict_transport_security_[0-9a-f]{6} always;$/.test(line),
      ).length,
      1,
    );
});

test("the answer says when to ask again, is kept by nobody, and its page loads and runs nothing", () => {
  for (const [given, seconds] of [
    [undefined, 300],
    [900, 900],
  ] as const) {
    const text = lines(nginxConf(model(given === undefined ? {} : { retryAfterSeconds: given })));
    for (const head of ["location = /.maintenance.html {", "location @maintenance_json {"]) {
      assert.deepEqual(
        block(text, head).filter((line) => /add_header (Retry-After|Cache-Control) /.test(line)),
        ['add_header Cache-Control "no-store" always;', `add_header Retry-After ${seconds} always;`],
      );
    }
  }
  const text = lines(nginxConf(model()));
  const page = block(text, "location = /.maintenance.html {");
  for (const line of ["internal;", "client_max_body_size 0;", "alias /run/berth/maintenance.html;"])
    assert.equal(page.includes(line), true, line);
  assert.equal(
    page.find((line) => line.includes("Content-Security-Policy")),
    `add_header Content-Security-Policy "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'" always;`,
  );
  assert.doesNotMatch(usualPage, /<script|<link|src=|href=/);
});

test("the answer has one Retry-After, whatever headers the owner gives", () => {
  const headers = { "Retry-After": "9", "X-Own": "1" };
  const [usual] = model().listeners;
  assert.ok(usual);
  const text = lines(nginxConf({ ...model(), listeners: [{ ...usual, headers }] }));
  for (const head of ["location = /.maintenance.html {", "location @maintenance_json {"]) {
    assert.deepEqual(
      block(text, head).filter((line) => /add_header (Retry-After|X-Own) /.test(line)),
      ['add_header X-Own "1" always;', "add_header Retry-After 300 always;"],
    );
  }
});

test("the system's own page of its health is open, but not where that is the application itself", () => {
  assert.deepEqual(healthPage({ pages: { application: "/", health: "/health" } }), ["/health"]);
  assert.deepEqual(healthPage({ pages: { application: "/", health: "/" } }), []);
  assert.deepEqual(healthPage({ pages: { health: "/" } }), []);
  assert.deepEqual(healthPage({ pages: { application: "/" } }), []);
});

test("without the setting nothing of it is there, nor before the first release", () => {
  const listeners = [{ port: 80, routes: [] }];
  for (const text of [nginxConf({ ...model(), listeners }), bootConf(model())])
    assert.doesNotMatch(text, /closed|maintenance|418 =503/);
});

test("a maintenance that nginx would take for something else is refused", () => {
  const refused: [Partial<Maintenance>, string][] = [
    [{ flag: "/a b" }, "flag"],
    [{ page: "page.html" }, "page"],
    [{ retryAfterSeconds: 0 }, "retryAfterSeconds: must be a whole number from 1 to 86400, got 0"],
    [{ open: [{ path: "/ok" }, { path: "/a;b" }] }, "open[1].path"],
  ];
  for (const [more, problem] of refused) {
    const [found = "", ...others] = checkProxy(model(more));
    assert.equal(found.startsWith(`listeners[0].maintenance.${problem}`), true, found);
    assert.deepEqual(others, []);
  }
});
