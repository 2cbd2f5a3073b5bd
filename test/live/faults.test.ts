import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "vitest";
import { docker, exec, inspect, log } from "../tools/docker.ts";
import { status } from "../tools/http.ts";
import { Load, type LoadReport } from "../tools/load.ts";
import { childrenOf, processTable } from "../tools/processes.ts";
import { LiveStack } from "../tools/stack.ts";
import { sleep, until } from "../tools/wait.ts";

const service = "attn_backend_api";

/** Makes processes until one is refused, and again as soon as there is room; they only sleep. */
const bomb = `
import os, time
made, told = 0, False
while True:
    try:
        if os.fork() == 0:
            time.sleep(600)
            os._exit(0)
        made += 1
    except OSError:
        if not told:
            print("refused after", made, flush=True)
        told = True
        time.sleep(0.05)
`;
/** Makes one process and waits for it. */
const fork = `
import os
child = os.fork()
if child == 0:
    os._exit(0)
os.waitpid(child, 0)
`;

describe("attn with two replicas of its main application", () => {
  let stack: LiveStack;
  beforeAll(async () => {
    stack = await LiveStack.open({ system: "attn" });
    await stack.up();
  });
  afterAll(() => stack.close());

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

  it("starves nobody when one service makes all the processes that it may, and has it back within 60 s", async (t) => {
    const [bombed] = await stack.containers("face-recognition");
    const [database] = await stack.containers("attn_postgres");
    const [gateway] = await stack.containers("api-gateway");
    const [{ id }] = await replicas(stack, 2);
    assert.ok(bombed && database && gateway);
    const load = await start(stack, 50);
    await exec(bombed.id, ["sh", "-c", 'python -c "$0" >/tmp/made 2>&1 &', bomb]);
    const made = await until("the bomb is refused a process", 60, async () => {
      // As root, who is never refused one.
      const { output } = await exec(bombed.id, ["cat", "/tmp/made"], "0");
      return Number(/^refused after (\d+)$/m.exec(output)?.[1]) || undefined;
    });
    assert.equal((await exec(bombed.id, ["python", "-c", fork])).code, 1, "it may make no other itself");
    // A new worker is a new process of the neighbour's.
    const victims = await workersOf(id);
    const killed = performance.now();
    process.kill(victims[0] ?? 0, "SIGKILL");
    await until("a new worker", 10, async () => {
      const now = await workersOf(id);
      return now.length === victims.length && !now.includes(victims[0] ?? 0);
    });
    const respawned = (performance.now() - killed) / 1000;
    const query = ["psql", "-U", "postgres", "-h", "/var/run/postgresql", "-Atc", "SELECT 1"];
    for (let second = 0; second < 5; second++) {
      await sleep(1);
      assert.equal((await exec(gateway.id, ["python", "-c", fork])).code, 0, "a neighbour of the same image");
      assert.deepEqual(await exec(database.id, query), { code: 0, output: "1\n" });
    }
    const before = (await inspect(bombed.id)).State.Pid;
    const ended = performance.now();
    await docker.getContainer(bombed.id).restart({ t: 1 });
    await until("it is back", 60, () => healthyAgain(bombed.id, before));
    const back = (performance.now() - ended) / 1000;
    const { failures, sent } = await load.stop();
    await t.annotate(
      `${made} processes; the neighbour's worker back after ${respawned.toFixed(2)} s, ${sent} requests; well ${back.toFixed(1)} s after its end`,
    );
    assert.deepEqual(failures, {});
    assert.ok(respawned <= 2, `took ${respawned} s`);
    assert.ok(back <= 60, `took ${back} s`);
  });

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
