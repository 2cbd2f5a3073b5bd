import assert from "node:assert/strict";
import { once } from "node:events";
import { WebSocket } from "undici";
import { afterAll, beforeAll, describe, it } from "vitest";
import { docker, inspect, log } from "../tools/docker.ts";
import { json, status, type Ready } from "../tools/http.ts";
import { Load, type LoadReport } from "../tools/load.ts";
import { childrenOf, processTable } from "../tools/processes.ts";
import { removeReleases } from "../tools/release.ts";
import { rollOut } from "../tools/releases.ts";
import { LiveStack } from "../tools/stack.ts";
import { sleep, until } from "../tools/wait.ts";

const service = "attn_backend_api";
let stack: LiveStack;

beforeAll(async () => {
  stack = await LiveStack.open({ system: "attn" });
  await stack.up();
});

afterAll(async () => {
  await stack.close();
  await removeReleases();
});

describe("attn with two replicas of its main application", () => {
  it("has a killed gunicorn worker back within 2 s, and loses no request to it", async (t) => {
    const [{ id }] = await replicas(stack, 2);
    const victims = await workersOf(id);
    const load = await start(stack, 100);
    await sleep(2);
    const began = performance.now();
    process.kill(victims[0] ?? 0, "SIGKILL");
    await until("a new worker", 10, async () => {
      const now = await workersOf(id);
      return now.length === victims.length && !now.includes(victims[0] ?? 0);
    });
    const seconds = (performance.now() - began) / 1000;
    await sleep(2);
    const { failures, sent } = await load.stop();
    await t.annotate(`back after ${seconds.toFixed(2)} s, ${sent} requests`);
    assert.deepEqual(failures, {});
    assert.ok(seconds <= 2, `took ${seconds} s`);
  });

  it("loses no GET to a killed container", async (t) => {
    const [{ id, name }] = await replicas(stack, 2);
    const load = await start(stack, 100);
    await sleep(2);
    const began = performance.now();
    const lost = await killMain(id);
    await until("the container is back", 60, () => healthyAgain(id, lost));
    const seconds = (performance.now() - began) / 1000;
    await sleep(2);
    const { failures, sent } = await load.stop();
    await t.annotate(`${name} was back after ${seconds.toFixed(1)} s, ${sent} requests`);
    assert.deepEqual(failures, {});
  });

  it("does without a container that somebody stopped by hand, until the next run starts another", async () => {
    const [{ id }] = await replicas(stack, 2);
    const load = await start(stack, 100);
    await sleep(1);
    await docker.getContainer(id).kill();
    await sleep(3);
    await stack.must("refresh");
    await stack.up();
    const { failures } = await load.stop();
    assert.deepEqual(failures, {});
    await replicas(stack, 2);
    assert.deepEqual(await stack.strays(), []);
  });

  it("finds a container that has got a new address within 3 s", async (t) => {
    const [first, second] = await replicas(stack, 2);
    for (const { id, name } of [first, second]) {
      const before = await addressOf(id, stack.name);
      const network = docker.getNetwork(stack.name);
      await network.disconnect({ Container: id });
      await occupy(stack);
      await network.connect({ Container: id });
      assert.notEqual(await addressOf(id, stack.name), before, `${name} has moved`);
    }
    await sleep(3);
    const load = await start(stack, 50);
    await sleep(5);
    const { failures, sent } = await load.stop();
    await t.annotate(`${sent} requests after both had moved`);
    assert.deepEqual(failures, {});
  });
});

describe("releases of attn's main application", () => {
  it("drop none of 10,000 requests at 200 a second, over two of them", async (t) => {
    const { steady, rolling, seconds } = await rollOut(stack, {
      service,
      get: "/",
      post: "/items",
      releases: 2,
      requests: 10_000,
      perSecond: 200,
    });
    await t.annotate(`steady: ${JSON.stringify(steady)}`);
    await t.annotate(`rolling: ${JSON.stringify(rolling)}`);
    await t.annotate(`p99 ${(rolling.p99 / steady.p99).toFixed(1)} times the steady one; target 2`);
    await t.annotate(`releases took ${seconds.map((each) => each.toFixed(1)).join(" and ")} s`);
    assert.deepEqual({ ...steady.failures, ...rolling.failures }, {});
    assert.ok(steady.sent + rolling.sent >= 10_000);
  });

  it("end with the last one, on new containers alone", async () => {
    const { release } = await json<Ready>(`${stack.url}/ready`);
    assert.match(release, /:r2$/);
    assert.equal((await stack.containers(service)).length, 2);
  });

  it("finish what was asked of the old one: a request of 20 s and a conversation over a websocket", async (t) => {
    const slow = json<{ release: string }>(`${stack.url}/slow?seconds=20`, {
      signal: AbortSignal.timeout(60_000),
    });
    const talking = talk(`${stack.url.replace("http", "ws")}/ws`, 20);
    await stack.set({ environment: { attn_backend_api: { ANOTHER: "release" } } });
    const { seconds } = await stack.up();
    await t.annotate(`the release took ${seconds.toFixed(1)} s`);
    assert.match((await slow).release, /:r2$/);
    const { written, heard, code } = await talking;
    assert.deepEqual(heard, written);
    assert.equal(code, 1000);
  });
});

describe("attn with one replica of its main application", () => {
  it("is back within 5 s of losing its only container", async (t) => {
    await stack.set({ replicas: { [service]: 1 } });
    await stack.up();
    const [{ id }] = await replicas(stack, 1);
    const load = await start(stack, 20);
    await sleep(1);
    const began = performance.now();
    const lost = await killMain(id);
    await until("an answer of another process", 60, async () => {
      const { State } = await inspect(id);
      return State.Running && State.Pid !== lost && (await status(stack.url)) === 200;
    });
    const seconds = (performance.now() - began) / 1000;
    const { failures } = await load.stop();
    await t.annotate(`out for ${seconds.toFixed(1)} s: ${JSON.stringify(failures)}`);
    assert.ok(seconds <= 5, `took ${seconds} s`);
    const kinds = Object.keys(failures).filter((failure) => !/^GET 50[234]$/.test(failure));
    assert.deepEqual(kinds, [], "the proxy answers for it meanwhile");
  });
});

/**
 * Load whose report leaves out answers that had begun when the process behind them died, as the proxy tells of them:
 * half an answer can't be taken back. A thousandth of a GET or less lies between its headers and its body.
 */
async function start(stack: LiveStack, perSecond: number): Promise<{ stop(): Promise<LoadReport> }> {
  const before = await begun(stack);
  const load = Load.start({ url: stack.url, perSecond });
  return {
    async stop() {
      const report = await load.stop();
      const { "GET ECONNRESET": cut = 0, ...failures } = report.failures;
      return cut <= (await begun(stack)) - before ? { ...report, failures } : report;
    },
  };
}

/** How many answers the proxy has seen break off after their headers. */
async function begun(stack: LiveStack): Promise<number> {
  const [proxy] = await stack.containers("main-app-nginx");
  const text = await log(proxy?.id ?? "");
  return text.split("\n").filter((line) => line.includes(" while reading upstream,")).length;
}

type Container = Awaited<ReturnType<LiveStack["containers"]>>[number];

async function replicas(stack: LiveStack, count: 1): Promise<[Container]>;
async function replicas(stack: LiveStack, count: 2): Promise<[Container, Container]>;
async function replicas(stack: LiveStack, count: number): Promise<Container[]> {
  const found = await stack.containers(service);
  assert.equal(found.length, count);
  return found;
}

/** Ids on this machine of gunicorn's workers: children of the child of the container's init. */
async function workersOf(container: string): Promise<number[]> {
  const { State } = await inspect(container);
  const table = await processTable();
  const [main] = await childrenOf(State.Pid, table);
  return main === undefined ? [] : childrenOf(main, table);
}

/** As the kernel would when memory runs out: the main process dies, and with it the container. Gives its old id. */
async function killMain(container: string): Promise<number> {
  const { State } = await inspect(container);
  process.kill(State.Pid, "SIGKILL");
  return State.Pid;
}

/** Takes the address that is free. */
async function occupy({ name }: LiveStack): Promise<void> {
  const image = "berth/reference-app:1";
  const Labels = { "berth.stack": name, "berth.role": "test" };
  const HostConfig = { NetworkMode: name };
  await (await docker.createContainer({ Image: image, Cmd: ["sleep", "300"], Labels, HostConfig })).start();
}

async function healthyAgain(container: string, lost: number): Promise<boolean> {
  const { State } = await inspect(container);
  return State.Pid !== lost && State.Health?.Status === "healthy";
}

async function addressOf(container: string, network: string): Promise<string | undefined> {
  const { NetworkSettings } = await inspect(container);
  return NetworkSettings.Networks[network]?.IPAddress;
}

/** Says something every second, hears it echoed, and hangs up after `seconds`. */
async function talk(
  url: string,
  seconds: number,
): Promise<{ written: string[]; heard: string[]; code: number }> {
  const socket = new WebSocket(url);
  const written: string[] = [];
  const heard: string[] = [];
  socket.addEventListener("message", ({ data }) =>
    heard.push((JSON.parse(String(data)) as { echo: string }).echo),
  );
  await once(socket, "open");
  const closed = once(socket, "close") as Promise<[{ code: number }]>;
  for (let number = 1; number <= seconds; number++) {
    written.push(`word ${number}`);
    socket.send(`word ${number}`);
    await sleep(1);
  }
  socket.close(1000);
  const [{ code }] = await closed;
  return { written, heard, code };
}
