import assert from "node:assert/strict";
import autocannon from "autocannon";
import { afterAll, beforeAll, test } from "vitest";
import { edgeRig, requestHeads } from "./nginxListeners.ts";
import type { Rig } from "./nginxRig.ts";
import { ask, secondsUntilClosed, sendRaw } from "./wire.ts";

let rig: Rig;

beforeAll(async () => {
  rig = await edgeRig();
});
afterAll(() => rig.close());

test("malformed requests don't reach the application", async () => {
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
});

test("lines that end in LF alone, which RFC 9112 lets a server take, reach the application as one sound request", async () => {
  await sendRaw(rig.address, "GET /bare-lf HTTP/1.1\nHost: x\nX-A: b\nConnection: close\n\n");
  const heads = (await requestHeads(rig)).filter((head) => head.includes("bare-lf"));
  for (const head of heads) assert.equal(/[^\r]\n/.test(head), false);
  assert.equal(heads.length <= 1, true);
});

test("a flood from one client gets 429 beyond its rate and never 5xx, and others' routes stay quick", async () => {
  // So few for each connection that nginx closes none: this client sends on where an answer says it closes (after 1,000).
  const flood = autocannon({ url: `${rig.url}/limited/`, connections: 64, amount: 64 * 500 });
  const { status } = await ask(`${rig.url}/`);
  const { statusCodeStats = {}, errors, duration } = await flood;
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(statusCodeStats), ["200", "429"]);
  const passed = statusCodeStats["200"]?.count ?? 0;
  assert.equal(passed >= 21 && passed <= 50 * (duration + 1) + 21, true, `${passed} passed in ${duration} s`);
  assert.equal(errors, 0);
});

test("slow clients are closed within 15 s: a head by drops, a body that stops, an answer nobody reads", async () => {
  const drops = secondsUntilClosed(rig.address, (socket) => {
    socket.write("GET / HTTP/1.1\r\n");
    const timer = setInterval(() => socket.write("X-A: b\r\n"), 1000);
    socket.on("close", () => {
      clearInterval(timer);
    });
    socket.resume();
  });
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
  const closed = await Promise.all([drops, stopped, unread]);
  assert.deepEqual(
    closed.map((seconds) => seconds < 15),
    [true, true, true],
    closed.join(" s, "),
  );
  assert.equal(got < 24 << 20, true, `${got} bytes of 24 MiB came`);
});
