import assert from "node:assert/strict";
import autocannon from "autocannon";
import { afterAll, beforeAll, test } from "vitest";
import { edgeRig, requestHeads } from "./nginxListeners.ts";
import type { Rig } from "./nginxRig.ts";
import { sleep, until } from "../tools/wait.ts";
import { ask, secondsUntilClosed, sendRaw } from "./wire.ts";

let rig: Rig;

beforeAll(async () => {
  rig = await edgeRig();
});
afterAll(() => rig.close());

test("malformed requests don't reach the application", async (t) => {
  const get = "GET /malformed HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";
  const post = get.replace("GET", "POST");
  const cases: Record<string, string> = {
    "length and chunked": `${post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    "two lengths": `${post}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`,
    "unknown coding": `${post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
    "header of 64 KB": `${get}X-Large: ${"x".repeat(65536)}\r\n\r\n`,
    "bad Host": `${get.replace("Host: x", "Host: a/b")}\r\n`,
    "two Hosts": `${get}Host: y\r\n\r\n`,
    "no Host": `${get.replace("Host: x\r\n", "")}\r\n`,
    "space before colon": `${get}X-Space : a\r\n\r\n`,
    "nul in header": `${get}X-Nul: a\0b\r\n\r\n`,
    "bare CR": `${get}X-Cr: a\rX-Smuggled: b\r\n\r\n`,
    "bad chunk size": `${post}Transfer-Encoding: chunked\r\n\r\nxyz\r\n0\r\n\r\n`,
    "no such version": `GET /malformed HTTP/9.9\r\nHost: x\r\n\r\n`,
    "above the root": `GET /../malformed HTTP/1.1\r\nHost: x\r\n\r\n`,
    connect: `CONNECT malformed:443 HTTP/1.1\r\nHost: x\r\n\r\n`,
    trace: `TRACE /malformed HTTP/1.1\r\nHost: x\r\n\r\n`,
  };
  for (const [name, text] of Object.entries(cases)) {
    const answer = await sendRaw(rig.address, text);
    assert.match(answer, /^HTTP\/1\.1 (400|405|414|501|505) /, name);
  }
  assert.deepEqual(
    (await requestHeads(rig)).filter((head) => head.includes("malformed")),
    [],
  );
  await t.annotate(`0 of ${Object.keys(cases).length} reached it`);
});

test("lines that end in LF alone, which RFC 9112 lets a server take, reach the application as one sound request", async () => {
  await sendRaw(rig.address, "GET /bare-lf HTTP/1.1\nHost: x\nX-A: b\nConnection: close\n\n");
  const heads = (await requestHeads(rig)).filter((head) => head.includes("bare-lf"));
  for (const head of heads) assert.equal(/[^\r]\n/.test(head), false);
  assert.equal(heads.length <= 1, true);
});

test("a flood from one client, 1,000 requests a second and more, gets 429 beyond its rate and never 5xx, and others' routes stay quick", async (t) => {
  // So few for each connection that nginx closes none: this client sends on where an answer says it closes (after 1,000).
  const flood = autocannon({ url: `${rig.url}/limited/`, connections: 64, amount: 64 * 500 });
  const beside = whileGoing(flood);
  const { statusCodeStats = {}, errors, duration } = await flood;
  const rate = Math.round((64 * 500) / duration);
  const { sent, slowest } = await beside;
  await t.annotate(`${rate} requests a second; ${sent} others, the slowest ${slowest.toFixed(2)} s`);
  assert.equal(rate >= 1000, true, `${rate} requests a second`);
  assert.equal(slowest < 2, true, `${slowest} s`);
  assert.deepEqual(Object.keys(statusCodeStats), ["200", "429"]);
  const passed = statusCodeStats["200"]?.count ?? 0;
  assert.equal(passed >= 21 && passed <= 50 * (duration + 1) + 21, true, `${passed} passed in ${duration} s`);
  assert.equal(errors, 0);
});

test("slow clients are closed within 15 s: 2,000 heads by drops, a body that stops, an answer nobody reads", async (t) => {
  const drops = Array.from({ length: 2000 }, () =>
    secondsUntilClosed(rig.address, (socket) => {
      socket.write("GET / HTTP/1.1\r\n");
      const timer = setInterval(() => socket.write("X-A: b\r\n"), 3000);
      socket.on("close", () => {
        clearInterval(timer);
      });
      socket.resume();
    }),
  );
  const stopped = secondsUntilClosed(rig.address, (socket) => {
    socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n0123456789");
    socket.resume();
  });
  let got = 0;
  const unread = secondsUntilClosed(rig.address, (socket) => {
    socket.write("GET /files/large.bin HTTP/1.1\r\nHost: x\r\n\r\n");
    socket.pause();
    setTimeout(() => {
      socket.on("data", (part: Buffer) => (got += part.length)).resume();
    }, 12_000);
  });
  const all = Promise.all([...drops, stopped, unread]);
  const beside = whileGoing(all);
  await until("2,000 connections at once", 14, async () => (await activeConnections()) >= 2000);
  const closed = await all;
  const { sent, slowest } = await beside;
  const longest = Math.max(...closed);
  await t.annotate(
    `closed after ${longest.toFixed(1)} s at most; ${sent} others, the slowest ${slowest.toFixed(2)} s`,
  );
  assert.equal(longest < 15, true, `${longest} s`);
  assert.equal(slowest < 2, true, `${slowest} s`);
  assert.equal(got < 24 << 20, true, `${got} bytes of 24 MiB came`);
});

/** What proxies count as open, from inside: it is shown on loopback alone. */
async function activeConnections(): Promise<number> {
  const text = await rig.docker(`exec ${rig.host("proxy")} curl -s http://127.0.0.1:8099/stub_status`);
  return Number(/^Active connections: (\d+)/m.exec(text)?.[1]);
}

/** Somebody else's requests, ten a second, all of which have to be answered, until something has ended. */
async function whileGoing(something: Promise<unknown>): Promise<{ sent: number; slowest: number }> {
  const over = new AbortController();
  const end = () => {
    over.abort();
  };
  something.then(end, end);
  let [sent, slowest] = [0, 0];
  for (; !over.signal.aborted; sent++) {
    const began = performance.now();
    const { status } = await ask(`${rig.url}/`);
    assert.equal(status, 200);
    slowest = Math.max(slowest, (performance.now() - began) / 1000);
    await sleep(0.1);
  }
  return { sent, slowest };
}
