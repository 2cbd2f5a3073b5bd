import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { request } from "node:http";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, test } from "vitest";
import type { ProxyModel } from "../../services/proxy/model.ts";
import { fromPypi } from "../tools/pypi.ts";
import { until } from "../tools/wait.ts";
import { Rig } from "./nginxRig.ts";
import { ask } from "./wire.ts";

const run = promisify(execFile);
const program = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const megabyte = Buffer.alloc(1 << 20);

let rig: Rig;
let front = "";

const listeners = [
  {
    port: 80,
    names: ["app.example.org"],
    aliases: ["www.example.org"],
    maxBodyMegabytes: 500,
    routes: [
      { path: "/", to: { upstream: "app" } },
      { path: "/streamed/", to: { upstream: "app" }, buffering: false },
      { path: "/limited/", to: { upstream: "app" }, rate: { zone: "limited", burst: 0 } },
      { path: "/test.Echo/", to: { upstream: "grpc" }, grpc: true },
    ],
  },
] satisfies ProxyModel["listeners"];

/** A stranger's application, the proxy before it, and another one before that, which ends TLS for both. */
beforeAll(async () => {
  rig = await Rig.start({ listeners });
  await rig.run("app", `-v ${program("stranger.py")}:/stranger.py:ro`, [
    "python:3.11-slim",
    "python",
    "/stranger.py",
  ]);
  await rig.run("front", "--entrypoint sh", ["nginx:1.30", "-c", frontCommand(rig.address)]);
  front = await rig.addressOf("front");
  await release([front, "2001:db8::/32"]);
});
afterAll(() => rig.close());

test("what an application sets itself arrives as it is, and what it leaves out is filled in", async () => {
  const own = await get("/own");
  assert.equal(own.headers["content-security-policy"], "default-src *");
  assert.equal(own.headers["x-frame-options"], "ALLOWALL");
  assert.equal(own.headers["permissions-policy"], "camera=*");
  assert.equal(own.headers["x-content-type-options"], "nosniff");
  assert.equal(own.headers["strict-transport-security"], "max-age=60");
  for (const path of ["/bare", "/docs"]) {
    const { headers } = await get(path);
    assert.equal(headers["x-frame-options"], "SAMEORIGIN");
    assert.equal(headers["referrer-policy"], "strict-origin-when-cross-origin");
    for (const name of ["content-security-policy", "permissions-policy", "strict-transport-security"])
      assert.equal(headers[name], undefined, `${name} on ${path}`);
  }
});

test("a front is believed of client, scheme and host, and asks for any host; a stranger is believed nothing", async () => {
  const claims = { "x-client": "203.0.113.9", "x-wanted": "app.example.org:8443" };
  const seen = who(await ask(`http://${front}/who`, { headers: claims }));
  assert.equal(seen["x-forwarded-proto"], "https");
  assert.equal(seen["x-forwarded-for"], "203.0.113.9");
  assert.equal(seen["x-real-ip"], "203.0.113.9");
  assert.equal(seen.host, "app.example.org:8443");
  assert.equal(seen["x-forwarded-host"], "app.example.org:8443");
  // A front that hands on what its own client wrote there can't be made to name another host.
  const pretended = who(await ask(`http://${front}/who`, { headers: { ...claims, "x-wanted": "evil.org" } }));
  assert.doesNotMatch(`${pretended.host} ${pretended["x-forwarded-host"]}`, /evil/);
  const secure = await ask(`http://${front}/bare`, { headers: claims });
  assert.equal(secure.headers["strict-transport-security"], "max-age=63072000");

  const lies = { "x-forwarded-for": "6.6.6.6", "x-forwarded-proto": "https", "x-forwarded-host": "evil.org" };
  const direct = who(await get("/who", lies));
  assert.equal(direct["x-forwarded-proto"], "http");
  assert.equal(direct.host, "app.example.org");
  assert.equal(/6\.6\.6\.6|evil/.test(JSON.stringify(direct)), false);
  // What a client told the front of itself stands before what the front found.
  const chain = who(await ask(`http://${front}/who`, { headers: { "x-client": "6.6.6.6, 203.0.113.9" } }));
  assert.equal(chain["x-forwarded-for"], "203.0.113.9");
  assert.equal((await ask(`${rig.url}/who`)).status, 421);
  const entry = await until("the client in the log", 60, async () =>
    (await rig.accessLog()).find(({ client }) => client === "203.0.113.9"),
  );
  assert.equal(entry.status, "200");
});

test("each user behind a front has a rate of their own, by IPv6 too", async () => {
  const statusFor = async (client: string): Promise<number> =>
    (await ask(`http://${front}/limited/`, { headers: { "x-client": client } })).status;
  assert.equal(await statusFor("203.0.113.20"), 200);
  assert.equal(await statusFor("203.0.113.20"), 429);
  assert.equal(await statusFor("2001:db9::20"), 200);
  assert.equal(await statusFor("2001:db9::20"), 429);
});

test("an alias leads to the name itself, with path and query, by the scheme that the client came by", async () => {
  const direct = await ask(`${rig.url}/a?b=c`, { headers: { host: "www.example.org" } });
  assert.deepEqual([direct.status, direct.headers.location], [308, "http://app.example.org/a?b=c"]);
});

test("events arrive one by one, whether the client says that it wants events or not", async () => {
  for (const accept of ["text/event-stream", "*/*"]) {
    const times = await arrivals("/events", accept);
    assert.equal(times.length >= 3, true, `${accept}: ${JSON.stringify(times)}`);
    assert.equal((times[2] ?? 0) - (times[0] ?? 0) > 0.7, true, `${accept}: ${JSON.stringify(times)}`);
  }
});

test("500 MB go through, kept or streamed, in a proxy of 256 MB and an application that needs no more", async () => {
  for (const path of ["/kept", "/streamed/upload"]) {
    const { size, megabytes } = await upload(path, 500);
    assert.equal(size, 500 << 20);
    assert.equal(megabytes < 64, true, `${path}: the application took ${megabytes} MB`);
    const state = await rig.docker("inspect -f", "{{.State.OOMKilled}} {{.RestartCount}}", rig.host("proxy"));
    assert.equal(state, "false 0");
    const used = await rig.docker("stats --no-stream --format", "{{.MemUsage}}", rig.host("proxy"));
    const [, amount, unit] = /^([\d.]+)([KM])iB/.exec(used) ?? [];
    assert.equal(unit === "K" || Number(amount) < 64, true, `${path}: the proxy took ${used}`);
  }
  assert.equal((await get("/kept", { "content-length": String(501 << 20) }, "PUT")).status, 413);
});

test("a header of 30 KB arrives", async () => {
  const seen = who(await get("/who", { "x-token": "x".repeat(30_000) }));
  assert.equal(seen["x-token"]?.length, 30_000);
});

test("gRPC: a call and a stream, beside HTTP/1.1 on the same port", async (context) => {
  const python = await fromPypi("python");
  if ("missing" in python) {
    context.skip(python.missing);
    return;
  }
  const server = spawn(python.program, [program("echo-grpc.py"), "serve"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const port = await new Promise<string>((resolve) =>
      server.stdout.once("data", (text: Buffer) => {
        resolve(text.toString().trim());
      }),
    );
    const format = "{{range .NetworkSettings.Networks}}{{.Gateway}}{{end}}";
    const gateway = await rig.docker("inspect -f", format, rig.host("proxy"));
    await release([front], [`${gateway}:${port}`]);
    const { stdout } = await run(python.program, [
      program("echo-grpc.py"),
      "call",
      `${rig.address}:80`,
      "app.example.org",
    ]);
    assert.deepEqual(JSON.parse(stdout), { say: { got: "hello", client: gateway }, chat: ["a", "b", "c"] });
    assert.equal((await get("/bare")).status, 200);
  } finally {
    server.kill();
  }
});

async function release(trustedProxies: string[], grpc: string[] = []): Promise<void> {
  const { code, output } = await rig.release({
    listeners,
    release: `front-${trustedProxies.length}`,
    trustedProxies,
    tempDir: "/live",
    rates: [{ name: "limited", requests: 1, per: "minute" }],
    upstreams: [
      { name: "app", servers: [`${rig.host("app")}:8000`] },
      { name: "grpc", servers: grpc },
    ],
  });
  assert.equal(code, 0, output);
  await until("it serves", 60, async () => (await get("/bare")).status === 200);
  await until("the front serves", 60, async () => (await ask(`http://${front}/bare`)).status === 200);
}

/** As many set it up: a client's own word before what the front says itself. The test says who the client is. */
function frontCommand(proxy: string): string {
  const conf = `events {} http {
    server { listen 80; location / {
      proxy_pass http://${proxy};
      proxy_set_header X-Forwarded-For $http_x_client;
      proxy_set_header X-Forwarded-Host $http_x_wanted;
      proxy_set_header X-Forwarded-Proto https;
    } } }`;
  return `printf '%s' '${conf}' >/tmp/nginx.conf && exec nginx -c /tmp/nginx.conf -g 'daemon off;'`;
}

function get(path: string, headers: Record<string, string> = {}, method = "GET"): ReturnType<typeof ask> {
  return ask(rig.url + path, { method, headers: { host: "app.example.org", ...headers } });
}

function who({ status, body }: { status: number; body: string }): Record<string, string> {
  assert.equal(status, 200, body);
  return JSON.parse(body) as Record<string, string>;
}

/** Seconds after which parts of an answer came. */
function arrivals(path: string, accept: string): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const times: number[] = [];
    const headers = { host: "app.example.org", accept };
    const asking = request(rig.url + path, { agent: false, headers }, (answer) => {
      answer.on("data", () => times.push((performance.now() - began) / 1000));
      answer.on("end", () => {
        resolve(times);
      });
    });
    asking.on("error", reject);
    asking.end();
  });
}

function upload(path: string, megabytes: number): Promise<{ size: number; megabytes: number }> {
  return new Promise((resolve, reject) => {
    const headers = { host: "app.example.org", "content-length": String(megabytes << 20) };
    const sending = request(rig.url + path, { agent: false, method: "PUT", headers }, (answer) => {
      let text = "";
      answer.on("data", (part: Buffer) => (text += part.toString()));
      answer.on("end", () => {
        if (answer.statusCode === 200) resolve(JSON.parse(text) as { size: number; megabytes: number });
        else reject(new Error(`${answer.statusCode}: ${text}`));
      });
    });
    sending.on("error", reject);
    let left = megabytes;
    const more = (): void => {
      while (left > 0) {
        left -= 1;
        if (!sending.write(megabyte)) {
          sending.once("drain", more);
          return;
        }
      }
      sending.end();
    };
    more();
  });
}
