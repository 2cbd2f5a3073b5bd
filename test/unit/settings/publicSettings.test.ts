import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { settingsFrom } from "../../../settings.ts";

const accepted = (config: Record<string, unknown>): Promise<unknown> =>
  settingsFrom({ system: "arv", ...config }, "/");

describe("headers", () => {
  it("are given by preset, fill, set, leave and remove", async () => {
    const headers = {
      preset: "strict",
      fill: { "Reporting-Endpoints": 'default="https://reports.example.org"' },
      set: { "Content-Security-Policy": "default-src 'self' https://cdn.example.org" },
      leave: ["X-Frame-Options"],
      remove: ["X-Version"],
    };
    assert.deepEqual((await settingsFrom({ headers: JSON.stringify(headers) }, "/")).headers, headers);
  });

  const name =
    "must be a header's name of letters, digits and dashes, and not one that the proxy writes itself (Connection, Content-Encoding, Content-Length, Content-Type, Date, Keep-Alive, Server, Trailer, Transfer-Encoding, Upgrade, X-Request-Id)";
  const value = "must be one line of printable ASCII without $ and backslash, at most 3,000 characters";
  const refused: [headers: unknown, problem: string][] = [
    [{ preset: "open" }, 'headers.preset: must be one of none, basic, strict, got "open"'],
    [{ set: { "X-A": "b\r\nX-C: d" } }, `headers.set.X-A: ${value}, got "b\\r\\nX-C: d"`],
    [{ fill: { "X-A": "$host" } }, `headers.fill.X-A: ${value}, got "$host"`],
    [{ fill: { "X-A": "\\" } }, `headers.fill.X-A: ${value}, got "\\\\"`],
    [{ fill: { "X-A": "ä" } }, `headers.fill.X-A: ${value}, got "ä"`],
    [{ set: { "X-A": 1 } }, `headers.set.X-A: ${value}, got 1`],
    [{ set: { "X A": "1" } }, `headers.set.X A: ${name}`],
    [{ remove: ["content-length"] }, `headers.remove.0: ${name}, got "content-length"`],
    [{ leave: "X-A" }, 'headers.leave: must be a list of headers\' names, got "X-A"'],
    [
      { set: { "X-A": "1" }, remove: ["x-a"] },
      'headers.remove: must not name x-a a second time, got ["x-a"]',
    ],
    [{ add: {} }, "headers.add: unknown key; known: preset, fill, set, leave, remove"],
  ];
  for (const [headers, problem] of refused)
    it(`rejects ${JSON.stringify(headers)}`, async () => {
      await assert.rejects(accepted({ headers }), { message: problem });
    });
});

describe("routes", () => {
  it("change the system's, add others and take some away", async () => {
    const routes = {
      "/api/": { maxBodyMegabytes: 100 },
      "/api/uploads/": { buffering: false, rate: "upload", timeoutSeconds: 300 },
      "/api/rpc/": { to: "app", grpc: true, rate: "none" },
      "/redoc": { remove: true },
      "/docs": null,
    };
    const { routes: found } = await settingsFrom({ system: "arv", routes: JSON.stringify(routes) }, "/");
    assert.deepEqual(found, { ...routes, "/api/rpc/": { to: "app", grpc: true, rate: null } });
  });

  const paths =
    '"/api/", "/api/items", "/api/tasks", "/api/work", "/api/contents/", "/ar/", "/docs", "/redoc", "/openapi.json", "/storage/", "/"';
  const refused: [routes: unknown, problem: string][] = [
    [
      { api: { to: "app" } },
      'routes.api: must be a path that begins with "/" and holds letters, digits and ._~@+,=- only',
    ],
    [{ "/a/": { to: "postgres" } }, 'routes./a/.to: must be one of app, got "postgres"'],
    [
      { "/a/": { maxBodyMegabytes: 5 } },
      "routes./a/.to: must be given: what answers this path so far is no service, got nothing",
    ],
    [
      { "/storage/": { timeoutSeconds: 5 } },
      "routes./storage/.timeoutSeconds: must be left out, or to be given: no service answers this path, got 5",
    ],
    [
      { "/api/": { rate: "fast" } },
      'routes./api/.rate: must be one of api, upload, client, none, got "fast"',
    ],
    [
      { "/api/": { maxBodyMegabytes: 0 } },
      "routes./api/.maxBodyMegabytes: must be a whole number from 1 to 102400, got 0",
    ],
    [
      { "/api/": { timeoutSeconds: "5m" } },
      'routes./api/.timeoutSeconds: must be a whole number from 1 to 86400, got "5m"',
    ],
    [{ "/api/": { grpc: "yes" } }, 'routes./api/.grpc: must be true or false, got "yes"'],
    [{ "/none": null }, `routes./none: must be one of ${paths} to be taken away, got null`],
    [
      { "/none": { remove: true } },
      `routes./none: must be one of ${paths} to be taken away, got {"remove":true}`,
    ],
    [
      { "/docs": { headers: { preset: "lax" } } },
      'routes./docs.headers.preset: must be one of none, basic, strict, got "lax"',
    ],
    [
      { "/api/": { body: 5 } },
      "routes./api/.body: unknown key; known: to, exact, maxBodyMegabytes, timeoutSeconds, buffering, grpc, rate, headers, remove",
    ],
    ["/api/", 'routes: must be a map such as { "/api/": { maxBodyMegabytes: 100 } }, got "/api/"'],
  ];
  for (const [routes, problem] of refused)
    it(`rejects ${JSON.stringify(routes)}`, async () => {
      await assert.rejects(accepted({ routes }), { message: problem });
    });

  it("leave to monitoring what it hides and shows", async () => {
    const routes = { "/api/metrics": { to: "app" }, "/grafana/": { to: "app" } };
    await accepted({ routes });
    await assert.rejects(accepted({ routes, monitoring: true }), {
      message: Object.entries(routes)
        .map(([path]) => `routes.${path}: must be left out: monitoring has this path, got {"to":"app"}`)
        .join("\n"),
    });
  });
});

describe("trustedProxies", () => {
  it("are addresses and blocks of either version", async () => {
    await accepted({ trustedProxies: '["192.0.2.1","10.0.0.0/8","2001:db8::/32","::1"]' });
  });

  const block = 'must be an address or a block such as "10.0.0.0/8" or "2001:db8::/32"';
  const refused: [trustedProxies: unknown, problem: string][] = [
    [["cloudflare"], `trustedProxies.0: ${block}, got "cloudflare"`],
    [["10.0.0.0/33"], `trustedProxies.0: ${block}, got "10.0.0.0/33"`],
    [["10.0.0.1", "10.0.0.1"], 'trustedProxies.1: must be there once, got "10.0.0.1"'],
    [
      ["0.0.0.0/0"],
      'trustedProxies.0: must not be everybody: then whoever asks says where from, got "0.0.0.0/0"',
    ],
    ["10.0.0.1", 'trustedProxies: must be a list such as ["10.0.0.0/8"], got "10.0.0.1"'],
  ];
  for (const [trustedProxies, problem] of refused)
    it(`rejects ${JSON.stringify(trustedProxies)}`, async () => {
      await assert.rejects(accepted({ trustedProxies }), { message: problem });
    });
});

describe("aliases", () => {
  it("lead to the domain", async () => {
    const { aliases } = await settingsFrom({ domain: "example.org", aliases: '["www.example.org"]' }, "/");
    assert.deepEqual(aliases, ["www.example.org"]);
  });

  const refused: [config: Record<string, unknown>, problem: string][] = [
    [
      { aliases: ["www.example.org"] },
      'aliases: must be left out unless domain is set, got ["www.example.org"]',
    ],
    [
      { domain: "example.org", aliases: ["WWW"] },
      'aliases.0: must be a domain name such as "www.example.org", got "WWW"',
    ],
    [
      { domain: "example.org", aliases: ["example.org"] },
      'aliases.0: must be another name than domain and the other aliases, got "example.org"',
    ],
    [{ domain: "example.org", aliases: "x" }, 'aliases: must be a list such as ["www.example.org"], got "x"'],
  ];
  for (const [config, problem] of refused)
    it(`rejects ${JSON.stringify(config)}`, async () => {
      await assert.rejects(accepted(config), { message: problem });
    });
});

describe("maintenance", () => {
  it("has a page of one's own, and says when to ask again", async () => {
    const maintenance = { page: "<h1>Back at six</h1>", retryAfterSeconds: 3600 };
    assert.deepEqual(
      (await settingsFrom({ maintenance: JSON.stringify(maintenance) }, "/")).maintenance,
      maintenance,
    );
  });

  const page = "maintenance.page: must be a page of HTML, at most 262,144 characters";
  const refused: [maintenance: unknown, problem: RegExp][] = [
    [{ page: "page.html" }, new RegExp(`^${page}, got "page.html"$`)],
    [{ page: "<".repeat(262_145) }, new RegExp(`^${page}, got "<`)],
    [
      { retryAfterSeconds: 0 },
      /^maintenance\.retryAfterSeconds: must be a whole number from 1 to 86400, got 0$/,
    ],
    [{ on: true }, /^maintenance\.on: unknown key/],
  ];
  for (const [maintenance, problem] of refused)
    it(`rejects ${JSON.stringify(maintenance).slice(0, 40)}`, async () => {
      await assert.rejects(accepted({ maintenance }), { message: problem });
    });
});
