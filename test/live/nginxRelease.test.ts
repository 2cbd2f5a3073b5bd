import assert from "node:assert/strict";
import { afterAll, beforeAll, test } from "vitest";
import { nginxConf } from "../../services/proxy/conf.ts";
import type { Listener, ProxyModel } from "../../services/proxy/model.ts";
import { sleep, until } from "../tools/wait.ts";
import { Rig } from "./nginxRig.ts";
import { strictLoad } from "./strictLoad.ts";
import { ask, Echo } from "./wire.ts";

const listener: Listener = {
  port: 80,
  routes: [
    { path: "/", to: { upstream: "web" } },
    { path: "/socket/", to: { upstream: "socket" } },
  ],
};
let rig: Rig;

beforeAll(async () => {
  rig = await Rig.start({ listeners: [listener] });
});
afterAll(() => rig.close());

function model(release: string, replicas: readonly string[], sockets: readonly string[] = []): ProxyModel {
  return {
    release,
    workers: 2,
    connectionsPerClient: 1000,
    upstreams: [
      { name: "web", servers: replicas.map((name) => `${rig.host(name)}:8000`) },
      { name: "socket", servers: sockets.map((name) => `unix:/sockets/${name}.sock`), keepAliveSeconds: 0 },
    ],
    listeners: [listener],
  };
}

async function answers(path = "/"): Promise<string> {
  const { status, body, headers } = await ask(rig.url + path);
  return status === 200 ? body : `${status} ${headers["retry-after"] ?? ""}`;
}

test("before its first release the proxy answers 503 and when to come again", async () => {
  await until("it answers", 60, async () => (await ask(rig.url)).status > 0);
  assert.equal(await answers(), "503 5");
  assert.equal(await health(), "boot");
});

test("a release whose replicas don't exist is taken, answers 503, and serves once they are there", async () => {
  const { code, output } = await rig.release(model("absent", ["a"]));
  assert.equal(code, 0, output);
  assert.equal(await answers(), "503 5");
  assert.equal(await health(), "absent");
  await rig.replica("a");
  await until("a serves", 60, async () => (await answers()) === "a GET 0");
});

test("two releases under load drop nothing, over ports and over sockets", async () => {
  await rig.replica("s1", "socket");
  assert.equal((await rig.release(model("0", ["a"], ["s1"]))).code, 0);
  const loads = [
    strictLoad({ url: `${rig.url}/`, perSecond: 150, seconds: 12 }),
    strictLoad({ url: `${rig.url}/socket/`, perSecond: 50, seconds: 12 }),
  ];
  let old = ["a", "s1"];
  for (const [replica, socket] of [
    ["b", "s2"],
    ["c", "s3"],
  ] as const) {
    await Promise.all([rig.replica(replica), rig.replica(socket, "socket")]);
    const { code, output } = await rig.release(model(replica, [replica], [socket]));
    assert.equal(code, 0, output);
    assert.equal(await answers(), `${replica} GET 0`);
    for (const name of old) await rig.remove(name);
    old = [replica, socket];
  }
  for (const { sent, failures } of await Promise.all(loads)) {
    assert.deepEqual(Object.fromEntries(failures), {});
    assert.equal(sent > 500, true);
  }
});

test("a request of 20 s and a websocket outlive a release", async () => {
  await rig.replica("d");
  const begin = performance.now();
  const slow = ask(`${rig.url}/slow?20`);
  const echo = await Echo.open(rig.address);
  await sleep(1);
  const ahead = (performance.now() - begin) / 1000;
  const release = rig.release(model("d", ["d"]));
  await until("d serves", 15, async () => (await answers()) === "d GET 0");
  assert.equal(await echo.say("hello"), "hello");
  assert.deepEqual(await slow.then(({ status, body }) => [status, body]), [200, "c GET 0"]);
  assert.equal(await echo.say("still here"), "still here");
  echo.close();
  const { code, seconds } = await release;
  assert.equal(code, 0);
  assert.equal(seconds > 19 - ahead && seconds < 30, true, `the release step waited ${seconds} s`);
});

test("a configuration that nginx refuses fails the release with nginx's words, and the old one serves on", async () => {
  const { code, output } = await rig.releaseText(
    nginxConf(model("bad", ["d"])).replace("gzip on;", "gzip perhaps;"),
  );
  assert.equal(code, 1);
  assert.match(output, /\[emerg\] .*invalid value "perhaps" in "gzip" directive/);
  assert.match(output, /refused by nginx, nothing was changed/);
  assert.equal(await health(), "d");
  assert.equal(await answers(), "d GET 0");
});

test("a configuration that only the running proxy can't take is undone", async () => {
  const squatter =
    "import socket,time; s=socket.socket(); s.bind(('127.0.0.1',8077)); s.listen(); time.sleep(600)";
  const place = `--network container:${rig.host("proxy")}`;
  await rig.run("squatter", place, ["python:3.11-slim", "python", "-c", squatter]);
  await rig.listens("squatter", `socket.create_connection(("127.0.0.1", 8077))`);
  const conf = nginxConf(model("late", ["d"])).replace(
    "listen 80 default",
    "listen 127.0.0.1:8077; listen 80 default",
  );
  const { code, output } = await rig.releaseText(conf);
  await rig.remove("squatter");
  assert.equal(code, 1);
  assert.match(output, /was not taken within 5 s, the old one is back/);
  assert.match(
    await rig.docker("exec", rig.host("proxy"), "head", "-n", "1", "/live/nginx.conf"),
    /^# release d:/,
  );
  assert.equal(await answers(), "d GET 0");
});

test("a replica that comes back with another address is found within 3 s, and its old address left alone", async () => {
  const before = await rig.addressOf("d");
  await rig.docker("stop -t 1", rig.host("d"));
  await rig.replica("stranger", "port", `--ip ${before}`);
  await rig.docker("start", rig.host("d"));
  await rig.listens("d", `socket.create_connection(("127.0.0.1", 8000))`);
  const took = performance.now();
  await until("d serves", 3, async () => (await answers()) === "d GET 0");
  assert.equal((performance.now() - took) / 1000 < 3, true);
  for (let i = 0; i < 20; i++) assert.equal(await answers(), "d GET 0");
});

test("of two replicas one may be killed without a failed GET", async () => {
  await rig.replica("e");
  assert.equal((await rig.release(model("two", ["d", "e"]))).code, 0);
  const load = strictLoad({ url: `${rig.url}/`, perSecond: 150, seconds: 6, onlyGet: true });
  await sleep(1);
  await rig.docker("kill", rig.host("e"));
  assert.deepEqual(Object.fromEntries((await load).failures), {});
});

test("no line of the access log is lost to a release or a stop, and none is torn by two workers at once", async () => {
  const paths = new Set<string>();
  const askMany = (part: string) =>
    Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const path = `/${part}-${index}-${"x".repeat(200)}`;
        paths.add(path);
        await ask(rig.url + path);
      }),
    );
  for (const part of ["one", "two"]) {
    await askMany(part);
    const released = rig.release(model(part, ["d"]));
    await askMany(`while-${part}`);
    assert.equal((await released).code, 0);
  }
  await askMany("last");
  await rig.docker("stop", rig.host("proxy"));
  const logged = (await rig.accessLog()).map(({ path }) => path);
  assert.deepEqual(logged.filter((path = "") => paths.has(path)).sort(), [...paths].sort());
});

/** The release hash that the health listener tells, asked from inside the proxy as its health check does. */
async function health(): Promise<string> {
  const url = "http://127.0.0.1:8099/health";
  return rig.docker("exec", rig.host("proxy"), "curl", "-fsS", url);
}
