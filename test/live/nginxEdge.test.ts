import assert from "node:assert/strict";
import { connect as tlsConnect, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, test } from "vitest";
import { presets } from "../../services/proxy/presets.ts";
import { until } from "../tools/wait.ts";
import { edgeRig, requestHeads } from "./nginxListeners.ts";
import type { Rig } from "./nginxRig.ts";
import { ask, sendRaw } from "./wire.ts";

let rig: Rig;

beforeAll(async () => {
  rig = await edgeRig();
});
afterAll(() => rig.close());

test("every answer carries the secure headers once, and names no server version", async () => {
  await ask(`${rig.url}/once/`);
  const megabytes = "x".repeat(1 << 21);
  const answers = [
    [200, await ask(`${rig.url}/`)],
    [404, await ask(`${rig.url}/files/none`)],
    [405, await ask(`${rig.url}/files/a.css`, { method: "DELETE" })],
    [413, await ask(`${rig.url}/small/`, { method: "POST" }, megabytes)],
    [429, await ask(`${rig.url}/once/`)],
    [502, await ask(`${rig.url}/closed/`)],
    [503, await ask(`${rig.url}/empty/`)],
    [504, await ask(`${rig.url}/api/slow?3`)],
  ] as const;
  for (const [status, answer] of answers) {
    assert.equal(answer.status, status, answer.body);
    // The application's own stays.
    const own = status === 200 ? { "X-Frame-Options": "ALLOWALL" } : {};
    for (const [name, value] of Object.entries({ ...presets.basic, ...own }))
      assert.equal(answer.headers[name.toLowerCase()], value, `${name} on ${status}`);
    assert.equal(answer.headers.server, "nginx");
    assert.equal(answer.headers["x-powered-by"], undefined);
    assert.match(String(answer.headers["x-request-id"]), /^[0-9a-f]{32}$/);
    const retry = status === 429 ? "1" : status === 503 ? "5" : undefined;
    assert.equal(answer.headers["retry-after"], retry, `Retry-After on ${status}`);
  }
});

test("errors are JSON below /api and a small page elsewhere, and the application's own are left alone", async () => {
  const json = await ask(`${rig.url}/api/slow?3`);
  assert.equal(json.headers["content-type"], "application/json");
  assert.deepEqual(Object.keys(JSON.parse(json.body) as object), ["status", "error", "request"]);
  const html = await ask(`${rig.url}/empty/`);
  assert.equal(html.headers["content-type"], "text/html");
  assert.match(html.body, /^<!doctype html><title>503<\/title><p>503 unavailable<\/p>/);
  assert.equal((await ask(`${rig.url}/status/502`)).body, "a GET 0");
  assert.equal((await ask(`${rig.url}/framed/`)).headers["x-frame-options"], "DENY");
});

test("when a connection breaks a GET is sent again, even to the only replica, and a POST never", async () => {
  const broken = async (): Promise<number> =>
    (await requestHeads(rig)).filter((head) => head.includes("/broken")).length;
  assert.equal((await ask(`${rig.url}/broken`)).status, 200);
  assert.equal(await broken(), 2);
  assert.equal((await ask(`${rig.url}/broken`, { method: "POST" }, "x=1")).status, 502);
  assert.equal(await broken(), 3);
});

test("the application learns who asked from the proxy, not from the client", async () => {
  const lies = { "x-forwarded-for": "6.6.6.6", "x-real-ip": "6.6.6.6", "x-forwarded-proto": "https" };
  const more = { forwarded: "for=6.6.6.6", proxy: "http://evil", "x-original-url": "/admin", upgrade: "h2c" };
  const id = "0123456789abcdef-mine";
  const headers = { ...lies, ...more, host: "shop.example:8080", connection: "upgrade", "x-request-id": id };
  const { status, headers: answered } = await ask(`${rig.url}/below/who?x=1`, { headers });
  assert.equal(status, 200);
  assert.equal(answered["x-request-id"], id);
  const head = (await requestHeads(rig)).findLast((one) => one.includes("/who?x=1")) ?? "";
  assert.match(head, /^GET \/who\?x=1 HTTP\/1\.1\r\n/);
  assert.match(head, /\r\nHost: shop\.example:8080\r\n/);
  assert.match(head, /\r\nX-Forwarded-Host: shop\.example:8080\r\n/);
  assert.match(head, /\r\nX-Forwarded-Proto: http\r\n/);
  assert.match(head, new RegExp(`\r\nX-Request-Id: ${id}\r\n`));
  assert.equal(/6\.6\.6\.6|evil|admin|h2c/.test(head), false, head);
});

test("files: an application's pages at any path, caching by kind, no dot files, nothing outside", async () => {
  const kinds = Object.fromEntries(
    await Promise.all(
      ["/app/", "/app/any/where", "/app/a.js", "/files/a.css", "/app/.env", "/files/none"].map(
        async (path) => {
          const { status, headers } = await ask(rig.url + path);
          return [path, [status, headers["cache-control"]]] as const;
        },
      ),
    ),
  );
  assert.deepEqual(kinds, {
    "/app/": [200, "no-cache"],
    "/app/any/where": [200, "no-cache"],
    "/app/a.js": [200, "public, max-age=31536000, immutable"],
    "/files/a.css": [200, "public, max-age=2592000"],
    "/app/.env": [404, undefined],
    "/files/none": [404, undefined],
  });
  for (const path of ["/files../tls/key.pem", "/files/../tls/key.pem", "/files/%2e%2e/tls/key.pem"])
    assert.equal(
      (await sendRaw(rig.address, `GET ${path} HTTP/1.0\r\n\r\n`)).includes("PRIVATE KEY"),
      false,
      path,
    );
});

test("inner ports: the only service answers any host, several are told apart, each keeps its own way", async () => {
  const inner = async (port: number, host: string): Promise<number> =>
    (await ask(`http://${rig.address}:${port}/`, { headers: { host } })).status;
  assert.equal(await inner(8000, "anything"), 200);
  assert.equal(await inner(8001, "one:8001"), 200);
  assert.equal(await inner(8001, "two:8001"), 503);
  assert.equal(await inner(8001, "anything"), 421);
});

test("TLS: only the named host, 1.2 and 1.3, HSTS; plain HTTP leads there but for the certificate's challenge", async () => {
  const plain = (path: string, host: string): ReturnType<typeof ask> =>
    ask(`http://${rig.address}:8180${path}`, { headers: { host } });
  const moved = await plain("/a?b=c", "docs.example.com");
  assert.deepEqual([moved.status, moved.headers.location], [308, "https://docs.example.com:8443/a?b=c"]);
  assert.equal((await plain("/.well-known/acme-challenge/token", "docs.example.com")).body, "proof");
  assert.equal((await plain("/", "other.example.com")).status, 421);
  assert.match(
    await overTls("docs.example.com", "TLSv1.3"),
    /^HTTP\/1\.1 200 [^]*\r\nStrict-Transport-Security: max-age=63072000; includeSubDomains\r\n/,
  );
  assert.match(await overTls("docs.example.com", "TLSv1.2"), /^HTTP\/1\.1 200 /);
  await assert.rejects(overTls("docs.example.com", "TLSv1.1"));
  await assert.rejects(overTls("other.example.com", "TLSv1.3"));
});

test("the access log has a line a request within a second, without queries", async () => {
  await ask(`${rig.url}/logged?password=secret`);
  const entry = await until("a line of the request", 10, async () =>
    (await rig.accessLog()).find(({ path }) => path === "/logged"),
  );
  assert.equal(entry.status, "200");
  assert.equal(JSON.stringify(await rig.accessLog()).includes("secret"), false);
});

function overTls(servername: string, version: "TLSv1.1" | "TLSv1.2" | "TLSv1.3"): Promise<string> {
  const versions = { minVersion: version, maxVersion: version, ciphers: "DEFAULT@SECLEVEL=0" } as const;
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = tlsConnect(
      { host: rig.address, port: 8443, servername, rejectUnauthorized: false, ...versions },
      () => socket.write(`GET / HTTP/1.1\r\nHost: ${servername}\r\nConnection: close\r\n\r\n`),
    );
    let answer = "";
    socket.on("data", (part: Buffer) => (answer += part.toString()));
    socket.on("end", () => {
      resolve(answer);
    });
    socket.on("error", reject);
  });
}
