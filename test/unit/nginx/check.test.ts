import assert from "node:assert/strict";
import { test } from "vitest";
import { checkProxy } from "../../../services/proxy/check.ts";
import { nginxConf } from "../../../services/proxy/conf.ts";
import type { Listener, ProxyModel, Route } from "../../../services/proxy/model.ts";
import { models } from "./models.ts";

const route: Route = { path: "/api/", to: { upstream: "api" } };
const listener: Listener = { port: 80, routes: [route] };
const valid: ProxyModel = {
  release: "1",
  upstreams: [{ name: "api", servers: ["api-a:8000"] }],
  listeners: [listener],
  inner: [{ name: "api", port: 8000, upstream: "api" }],
  rates: [{ name: "slow", requests: 1, per: "second" }],
};

test("the models of all five systems have no problem", () => {
  for (const model of [valid, ...Object.values(models)]) assert.deepEqual(checkProxy(model), []);
});

const wholeModel: [patch: object, problem: string][] = [
  [{ release: "a b" }, 'release: must be 1-64 letters, digits, ".", "_" or "-", got "a b"'],
  [{ release: "" }, 'release: must be 1-64 letters, digits, ".", "_" or "-", got ""'],
  [{ workers: 0 }, "workers: must be a whole number from 1 to 64, got 0"],
  [{ workers: 1.5 }, "workers: must be a whole number from 1 to 64, got 1.5"],
  [{ workerConnections: 10 }, "workerConnections: must be a whole number from 64 to 65536, got 10"],
  [{ connectionsPerClient: 0 }, "connectionsPerClient: must be a whole number from 1 to 65535, got 0"],
  [{ drainSeconds: -1 }, "drainSeconds: must be a whole number from 1 to 3600, got -1"],
  [{ accessLog: "file" }, 'accessLog: must be one of "json", "errors", "off", got "file"'],
  [{ tempDir: "tmp" }, 'tempDir: must be an absolute path of letters, digits, ".", "_" and "-", got "tmp"'],
  [
    { tempDir: "/tmp/../etc" },
    'tempDir: must be an absolute path of letters, digits, ".", "_" and "-", got "/tmp/../etc"',
  ],
  [{ resolver: "127.0.0.11; x" }, 'resolver: must be an IPv4 address, got "127.0.0.11; x"'],
  [{ resolver: "1.2.3.256" }, 'resolver: must be an IPv4 address, got "1.2.3.256"'],
  [
    { trustedProxies: ["10.0.0.0/33"] },
    'trustedProxies[0]: must be an address or a block such as "10.0.0.0/8", got "10.0.0.0/33"',
  ],
  [
    { trustedProxies: ["proxy.example"] },
    'trustedProxies[0]: must be an address or a block such as "10.0.0.0/8", got "proxy.example"',
  ],
  ...["10.0.0.1/8/8", "fe80::1%eth0", ":::", "2001:db8::/129", "1.2.3"].map((one): [object, string] => [
    { trustedProxies: [one] },
    `trustedProxies[0]: must be an address or a block such as "10.0.0.0/8", got "${one}"`,
  ]),
  [{ trustedProxies: ["::1", "::1"] }, 'trustedProxies: must name each block once, got "::1"'],
  [{ listeners: [], inner: [] }, "listeners: must hold one, or inner must, got none"],
  [{ listeners: [listener, listener] }, "listeners: must name each port once, got 80"],
  [
    { rates: [{ name: "clients", requests: 1, per: "second" }] },
    'rates: must name each name once, got "clients"',
  ],
  [
    { rates: [{ name: "a b", requests: 0, per: "hour" }] },
    'rates[0].name: must be letters, digits, ".", "_" or "-" after a letter, at most 63, got "a b"\n' +
      "rates[0].requests: must be a whole number from 1 to 100000, got 0\n" +
      'rates[0].per: must be one of "second", "minute", got "hour"',
  ],
  [
    { inner: [{ name: "api", port: 80, upstream: "web" }] },
    'inner[0].upstream: must be one of "api", got "web"\ninner[0].port: must not be a public port, got 80',
  ],
  [
    { inner: [...(valid.inner ?? []), ...(valid.inner ?? [])] },
    'inner: must name each name and port once, got "api:8000"',
  ],
  [
    { inner: [{ name: "a;b", port: 0, upstream: "api", maxBodyMegabytes: 0, timeoutSeconds: 0 }] },
    'inner[0].name: must be letters, digits, ".", "_" or "-" after a letter, at most 63, got "a;b"\n' +
      "inner[0].port: must be a whole number from 1 to 65535, got 0\n" +
      "inner[0].maxBodyMegabytes: must be a whole number from 1 to 102400, got 0\n" +
      "inner[0].timeoutSeconds: must be a whole number from 1 to 86400, got 0",
  ],
];

for (const [patch, problem] of wholeModel)
  test(`rejects ${JSON.stringify(patch)}`, () => {
    rejects({ ...valid, ...patch }, problem);
  });

const nameRule = 'must be letters, digits, ".", "_" or "-" after a letter, at most 63';
for (const name of ["", "9api", "a b", "api;", "api{", 'a"', "a\n", "unix", "a$b", "x".repeat(64)])
  test(`rejects an upstream called ${JSON.stringify(name)}`, () => {
    const model = {
      ...valid,
      inner: [],
      listeners: [{ ...listener, routes: [] }],
      upstreams: [{ name, servers: [] }],
    };
    rejects(model, `upstreams[0].name: ${nameRule}, got ${JSON.stringify(name)}`);
  });

for (const server of [
  "api",
  "api:0",
  "api:65536",
  "api:80 down",
  "http://api:80",
  "unix:run",
  "unix:/a/../b",
  "a;b:80",
])
  test(`rejects a server ${JSON.stringify(server)}`, () => {
    const upstreams = [{ name: "api", servers: [server] }];
    const rule = 'must be "name:port" or "unix:/path"';
    rejects({ ...valid, upstreams }, `upstreams[0].servers[0]: ${rule}, got ${JSON.stringify(server)}`);
  });

test("rejects the same server or upstream twice, and an idle time beyond a minute", () => {
  const twice = { name: "api", servers: ["a:1", "a:1"], keepAliveSeconds: 61 };
  rejects(
    { ...valid, upstreams: [twice, { name: "api", servers: [] }] },
    "upstreams[0].keepAliveSeconds: must be a whole number from 0 to 60, got 61\n" +
      'upstreams[0].servers: must name each server once, got "a:1"\n' +
      'upstreams: must name each name once, got "api"',
  );
});

const listeners: [patch: Partial<Listener> | object, problem: string][] = [
  [{ port: 70000 }, "port: must be a whole number from 1 to 65535, got 70000"],
  [{ names: [] }, "names: must hold a host, or be left out for every host, got []"],
  ...["Example.com", "a b.c", "-a.de", "a..b", "x.y;", "~^x"].map((host): [object, string] => [
    { names: [host] },
    `names[0]: must be a host in lower case such as "example.com" or "*.example.com", got ${JSON.stringify(host)}`,
  ]),
  [{ rate: { zone: "fast" } }, 'rate.zone: must be one of "slow", got "fast"'],
  [{ rate: { zone: "slow", burst: -1 } }, "rate.burst: must be a whole number from 0 to 100000, got -1"],
  [{ maxBodyMegabytes: 0.5 }, "maxBodyMegabytes: must be a whole number from 1 to 102400, got 0.5"],
  [{ headers: { "X Y": "1" } }, 'headers: must be named by letters, digits and -, got "X Y"'],
  [
    { headers: { "X-Y": "a\\; root /" } },
    'headers["X-Y"]: must be printable ASCII without $ and backslash, got "a\\\\; root /"',
  ],
  [
    { headers: { "X-Y": "$remote_addr" } },
    'headers["X-Y"]: must be printable ASCII without $ and backslash, got "$remote_addr"',
  ],
  [
    { headers: { "X-Y": "a\nb" } },
    'headers["X-Y"]: must be printable ASCII without $ and backslash, got "a\\nb"',
  ],
  [
    { tls: { certificate: "chain.pem", key: "/k y", challengeDir: "/a;b", port: 0, publicPort: 99999 } },
    "tls.port: must be a whole number from 1 to 65535, got 0\n" +
      "listeners[0].tls.publicPort: must be a whole number from 1 to 65535, got 99999\n" +
      ["certificate", "key", "challengeDir"]
        .map((key, i) => {
          const value = JSON.stringify(["chain.pem", "/k y", "/a;b"][i]);
          const rule = 'must be an absolute path of letters, digits, ".", "_" and "-"';
          return `listeners[0].tls.${key}: ${rule}, got ${value}`;
        })
        .join("\n"),
  ],
  [{ preset: "Strict" }, 'preset: must be one of "none", "basic", "strict", got "Strict"'],
  [{ routes: [route, route] }, 'routes: must name each path once, got "/api/"'],
];

for (const [patch, problem] of listeners)
  test(`rejects a listener with ${JSON.stringify(patch)}`, () => {
    rejects(withListener(patch), `listeners[0].${problem}`);
  });

for (const path of [
  "api",
  "",
  "/a b",
  "/a;",
  "/a{",
  '/a"',
  "/a//b",
  "/../a",
  "/.env",
  "/a$b",
  "/a%20",
  "/(a)",
  "/a\n",
])
  test(`rejects a route at ${JSON.stringify(path)}`, () => {
    const rule = 'must begin with "/" and hold letters, digits and ._~@+,=- only';
    const place = `listeners[0].routes[${JSON.stringify(path)}].path`;
    rejects(withRoute({ path }), `${place}: ${rule}, got ${JSON.stringify(path)}`);
  });

const routes: [patch: object, problem: string][] = [
  [{ to: { upstream: "web" } }, 'to.upstream: must be one of "api", got "web"'],
  [
    { exact: true, to: { upstream: "api", stripPath: true } },
    'to.stripPath: must only be set where the path ends in "/", got true',
  ],
  [
    { to: { directory: "srv", cache: "1d" } },
    'to.directory: must be an absolute path of letters, digits, ".", "_" and "-", got "srv"\n' +
      'listeners[0].routes["/api/"].to.cache: must be one of "immutable", "30d", "no-cache", got "1d"',
  ],
  [
    { exact: true, to: { directory: "/srv" } },
    'to.directory: must be on a path that ends in "/", got "/api/"',
  ],
  [
    { to: { redirect: "javascript:x" } },
    'to.redirect: must be "https://host/path" or "/path", got "javascript:x"',
  ],
  [{ to: { redirect: "/a;b" } }, 'to.redirect: must be "https://host/path" or "/path", got "/a;b"'],
  [{ to: { redirect: "/", status: 303 } }, "to.status: must be one of 301, 302, 307, 308, got 303"],
  [{ to: { answer: 199 } }, "to.answer: must be a whole number from 200 to 599, got 199"],
  [
    { to: { answer: 200, body: 'a"' } },
    'to.body: must be printable ASCII without ", $ and backslash, got "a\\""',
  ],
  [{ to: { answer: 200, type: "text" } }, 'to.type: must be a media type such as "text/plain", got "text"'],
  [{ rate: { zone: "none" } }, 'rate.zone: must be one of "slow", got "none"'],
  [{ maxBodyMegabytes: 0 }, "maxBodyMegabytes: must be a whole number from 1 to 102400, got 0"],
  [{ timeoutSeconds: 0 }, "timeoutSeconds: must be a whole number from 1 to 86400, got 0"],
  [{ preset: "open" }, 'preset: must be one of "none", "basic", "strict", got "open"'],
  [
    { grpc: true, to: { redirect: "/" } },
    "grpc: must only be set where the route leads to an upstream, got true",
  ],
  [
    { headers: { "X-Y": { set: "a\r\nB: c" } } },
    'headers["X-Y"]: must be printable ASCII without $ and backslash, got "a\\r\\nB: c"',
  ],
  [{ errors: "xml" }, 'errors: must be one of "json", "html", got "xml"'],
  [
    { headers: { "X-Y": "\\" } },
    'headers["X-Y"]: must be printable ASCII without $ and backslash, got "\\\\"',
  ],
];

for (const [patch, problem] of routes)
  test(`rejects a route with ${JSON.stringify(patch)}`, () => {
    rejects(withRoute(patch), `listeners[0].routes["/api/"].${problem}`);
  });

test("tells all mistakes of a model at once", () => {
  const model = { ...withRoute({ timeoutSeconds: 0, rate: { zone: "x" } }), workers: 0 };
  assert.equal(checkProxy(model).length, 3);
});

/** Unsound on purpose: what a caller without types could hand over. */
function withListener(patch: object): ProxyModel {
  const changed = { ...listener, ...patch };
  return { ...valid, listeners: [changed] };
}

function withRoute(patch: object): ProxyModel {
  const changed = { ...route, ...patch };
  return withListener({ routes: [changed] });
}

function rejects(model: ProxyModel, problems: string): void {
  assert.equal(checkProxy(model).join("\n"), problems);
  assert.throws(() => nginxConf(model), { message: problems });
}
