import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "vitest";
import type { Verdict } from "../../cli/verify/verdicts.ts";
import type { Maintenance } from "../../cli/maintenance/state.ts";
import type { TopRow } from "../../cli/top/table.ts";
import { Berth } from "../tools/berth.ts";
import { usualPage } from "../../services/proxy/maintenance.ts";
import { docker } from "../tools/docker.ts";
import { Load } from "../tools/load.ts";
import { prepareImages } from "../tools/prepare.ts";
import { sleep, until } from "../tools/wait.ts";

/** Answers whatever is asked, and is ended in the middle of what it does, as images that nobody made for this are. */
const server = `
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")
ThreadingHTTPServer(("", 8000), Handler).serve_forever()`;
const image = "python:3.11-slim";
const settings = [
  "replicas.backend=1",
  `images.backend=${image}`,
  `override.backend=${JSON.stringify({ user: "1000:1000", port: 8000, health: "/health", command: ["python", "-c", server] })}`,
];

/** What an operator does to a system that is up, with an image that isn't ours and one container of it. */
describe("a system that is up", () => {
  let berth: Berth;
  beforeAll(async () => {
    berth = await Berth.open("loc8");
    await prepareImages([image]);
    const { code, output } = await berth.up(...settings).ended;
    assert.equal(code, 0, output);
  });
  afterAll(() => berth.close());

  const start = (verb: string, ...words: string[]) =>
    berth.start(verb, ...berth.settings(...settings), ...words).ended;
  const containers = async (): Promise<Partial<Record<string, string>>> => {
    const { containers: all } = await berth.dockerObjects();
    const serving = all.filter(
      ({ Labels, State }) => Labels["berth.role"] === "service" && State === "running",
    );
    return Object.fromEntries(serving.map(({ Labels, Id }) => [Labels["berth.service"] ?? "", Id]));
  };

  it("starts anew without a dropped request where there is one replica, and leaves all else", async (t) => {
    const before = await containers();
    const load = Load.start({ url: berth.url, perSecond: 50, get: "/api/health" });
    await load.reach(50);
    const { code, output } = await start("restart", "backend");
    await load.reach(load.count + 50);
    const { sent, failures, worst } = await load.stop();
    await t.annotate(`${sent} requests, the slowest ${worst.toFixed(0)} ms`);
    assert.equal(code, 0, output);
    assert.deepEqual(failures, {});
    const { backend, ...others } = await containers();
    const { backend: old, ...same } = before;
    assert.notEqual(backend, old);
    assert.deepEqual(others, same);
    assert.deepEqual(await berth.strays(), []);
  });

  it("keeps its database unless somebody agrees to the gap", async () => {
    const before = await containers();
    const { code, output } = await start("restart", "postgres");
    assert.deepEqual(
      [code, output],
      [
        1,
        "--yes: must be given where nobody can be asked; berth restart stops postgres before its new container starts: it is away for some seconds\n",
      ],
    );
    assert.deepEqual(await containers(), before);
  });

  /** What a client that keeps no connection got, a status or an error, while something was done. */
  const gotWhile = async (act: () => Promise<unknown>): Promise<string[]> => {
    const got = new Set<string>();
    const ending = new AbortController();
    const ask = async (): Promise<string> => {
      const response = await fetch(berth.url, { headers: { connection: "close" } });
      await response.text();
      return String(response.status);
    };
    const asking = (async () => {
      while (!ending.signal.aborted) {
        got.add(await ask().catch((error: unknown) => String(error)));
        await sleep(0.01);
      }
    })();
    await act().finally(() => {
      ending.abort();
    });
    await asking;
    return [...got].sort();
  };

  const get = async (path: string, request: RequestInit = {}) => {
    const response = await fetch(`${berth.url}${path}`, request);
    const retryAfter = response.headers.get("retry-after");
    return { status: response.status, retryAfter, text: await response.text() };
  };
  const closed = { status: 503, retryAfter: "300", text: usualPage };

  it("is closed to the public without a dropped request, and goes on behind the page", async () => {
    const got = await gotWhile(async () => {
      await until("a page before", 120, async () => (await get("/")).status === 200);
      const { code, output } = await start("maintenance", "on");
      assert.equal(code, 0, output);
      assert.match(output, /^maintenance: on since \S+, the public gets 503; berth maintenance off /);
      assert.deepEqual(await get("/"), closed);
    });
    assert.deepEqual(got, ["200", "503"]);
    // More than a body may have, and in a method that no file answers.
    const large = "x".repeat(11 * 1024 * 1024);
    assert.deepEqual(await get("/", { method: "POST", body: large }), closed);
    const { status, text } = await get("/api/items");
    assert.equal(status, 503);
    assert.match(text, /^\{"status":503,"error":"unavailable","request":"\w+"\}\n$/);
    assert.equal((await get("/health")).status, 200);
    assert.equal((await get("/.maintenance.html")).status, 404);
  });

  it("stays closed over a restart of its proxy and over a run, and that is no drift", async () => {
    const { nginx = "" } = await containers();
    await docker.getContainer(nginx).restart();
    await until("it is closed after a restart", 240, async () => (await get("/")).text === usualPage);
    await until("its proxy is well", 240, async () => {
      const { State } = await docker.getContainer(nginx).inspect();
      return State.Health?.Status === "healthy";
    });
    const run = await start("up", "--full");
    assert.equal(run.code, 0, run.output);
    assert.deepEqual(await get("/"), closed);
    const drift = await start("drift");
    assert.deepEqual([drift.code, drift.output], [0, `stack ${berth.stack} is as the last run left it\n`]);
    const verified = await start("verify", "--json");
    assert.equal(verified.code, 0, verified.output);
    const { checks } = JSON.parse(verified.output) as { checks: Verdict[] };
    const found = checks.find(({ what }) => what === "maintenance");
    assert.match(found?.detail ?? verified.output, /^is on since \S+: the public gets 503$/);
    assert.equal(found?.outcome, "skip");
    const { output } = await start("status", "--json");
    const { maintenance } = JSON.parse(output) as { maintenance: Maintenance };
    assert.equal(maintenance.active, true);
  });

  it("is opened again without a dropped request", async () => {
    const got = await gotWhile(async () => {
      await until("a page of maintenance", 120, async () => (await get("/")).status === 503);
      const { code, output } = await start("maintenance", "off", "--json");
      assert.equal(code, 0, output);
      assert.deepEqual(JSON.parse(output), { stack: berth.stack, maintenance: { active: false } });
      assert.equal((await get("/")).status, 200);
      await sleep(0.5);
    });
    assert.deepEqual(got, ["200", "503"]);
  });

  it("says of each container what it uses of what it may", async () => {
    const { code, output } = await start("top", "--json");
    assert.equal(code, 0, output);
    const { containers: rows } = JSON.parse(output) as { containers: TopRow[] };
    assert.deepEqual(rows.map(({ service }) => service).sort(), Object.keys(await containers()).sort());
    for (const { container, memory, memoryLimit, processes } of rows)
      assert.ok(
        memory > 0 && memory <= memoryLimit && processes > 0,
        `${container}: ${memory} of ${memoryLimit}`,
      );
    const table = await start("top");
    assert.match(table.output, /^container +cpu +memory +used +processes +received +sent\n/);
    assert.equal(table.output.trimEnd().split("\n").length, rows.length + 1);
  });
});
