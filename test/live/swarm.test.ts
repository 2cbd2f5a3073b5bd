import assert from "node:assert/strict";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { afterAll, beforeAll, describe, test } from "vitest";
import { hostsToPrepare } from "../../cli/setup/host.ts";
import { peersOf } from "../../cli/setup/neighbours.ts";
import { prepareMachine } from "../../cli/setup/prepare.ts";
import { json, reached, type Ready } from "../tools/http.ts";
import { openPorts } from "../standin/ports.ts";
import { until } from "../tools/wait.ts";
import {
  booted,
  countedUp,
  failure,
  hostSettings,
  machineFor,
  noStandin,
  openStack,
  programOf,
  silent,
  stock,
  stockImages,
  untilAnswers,
  type OpenStack,
  type Prepared,
} from "./sshRig.ts";
import { strictLoad } from "./strictLoad.ts";
import { skipWhen } from "../tools/skip.ts";

const skip = await noStandin();

describe("LOC8 on three servers as one swarm", skipWhen(skip), () => {
  const held: AsyncDisposable[] = [];
  const machines: Prepared[] = [];
  let opened: OpenStack;
  let stack: Stack;
  let config: Record<string, unknown>;

  const machine = (place: number): Prepared => {
    const found = machines[place];
    assert.ok(found, `machine ${place}`);
    return found;
  };
  const url = (place: number) => `http://${machine(place).standin.address}`;

  beforeAll(async () => {
    const images = await stock();
    for (const name of ["sshtest-one", "sshtest-two", "sshtest-three"]) {
      const beside = machines.length === 0 ? {} : { beside: "sshtest-one" };
      const one = await booted({ name, stock: images, ...beside });
      held.push(one);
      machines.push(one);
    }
    const named = await Promise.all(machines.map((one) => stockImages("loc8", one)));
    const settings = machines.map((one) => ({
      ...hostSettings(one),
      privateAddress: one.standin.address,
    }));
    config = {
      system: "loc8",
      images: named[0],
      // The kernel that stand-ins share has no ESP.
      swarm: { encrypted: false },
      host: settings[0],
      hosts: { two: settings[1], three: settings[2] },
      replicas: { backend: 3, frontend: 3 },
      protectData: false,
    };
    // As `berth setup` does it, from the same settings.
    const given = Object.fromEntries(Object.entries(config).map(([key, value]) => [`berth:${key}`, value]));
    const peers = peersOf(given, hostsToPrepare(given));
    const all = [peers?.first, peers?.beside.two, peers?.beside.three];
    await Promise.all(
      machines.map((one, place) =>
        prepareMachine(one.ssh, { ...machineFor("loc8"), ports: [80], swarm: all[place] }, silent),
      ),
    );
    opened = await openStack("sshtest-swarm", programOf(config));
    held.push(opened);
    stack = opened.stack;
  });

  afterAll(async () => {
    for (const one of held.reverse()) await one[Symbol.asyncDispose]();
  });

  /** Services of which something healthy runs on a machine. */
  const running = async (place: number): Promise<string[]> => {
    const format = "--format '{{.Label \"berth.service\"}}'";
    const filters = "--filter label=berth.role=service --filter health=healthy";
    const found = await machine(place).standin.exec(`docker ps ${filters} ${format} | sort -u`);
    return found.split("\n").filter((name) => name !== "");
  };

  test("one run makes them a swarm and brings LOC8 up on it, each machine with its part", async () => {
    const { changes, refused } = await countedUp(stack, machine(0));
    assert.ok((changes.create ?? 0) > 40, JSON.stringify(changes));
    assert.equal(refused, 0);
    assert.deepEqual(await running(0), ["backend", "frontend", "nginx", "postgres", "redis"]);
    assert.deepEqual(await running(1), ["backend", "frontend", "nginx-two"]);
    assert.deepEqual(await running(2), ["backend", "frontend", "nginx-three"]);
    const nodes = await machine(0).standin.exec("docker node ls --format '{{.Status}} {{.ManagerStatus}}'");
    assert.deepEqual(nodes.split("\n").sort(), ["Ready Leader", "Ready Reachable", "Ready Reachable"]);
  });

  test("each machine's proxy answers, and the backend reaches the database wherever it runs", async () => {
    for (const place of [0, 1, 2]) {
      for (let turn = 0; turn < 6; turn++) {
        const ready = await until("ready", 60, () => json<Ready>(`${url(place)}/api/ready`));
        assert.deepEqual(reached(ready), { postgres: "postgres ok", redis: "redis ok" });
      }
      const page = await fetch(`${url(place)}/`);
      assert.equal(page.status, 200);
      await page.text();
    }
  });

  test("a second run and a refresh change nothing", async () => {
    assert.deepEqual(Object.keys((await countedUp(stack, machine(0))).changes), ["same"]);
    const { summary } = await stack.refresh({ parallel: 32 });
    assert.deepEqual(Object.keys(summary.resourceChanges ?? {}), ["same"]);
  });

  test("from outside each shows the web and ssh alone of all 65,535 ports", async () => {
    for (const { standin } of machines) assert.deepEqual(await openPorts(standin.address), [22, 80]);
  });

  test("no token that lets a machine in is in state", async () => {
    const state = JSON.stringify(await stack.exportStack());
    assert.ok(state.includes("docker swarm join"));
    assert.doesNotMatch(state, /SWMTKN/);
  });

  test("a release drops nothing, at two machines' proxies", async () => {
    const program = programOf({ ...config, environment: { backend: { FLAVOUR: "second" } } });
    const load = [1, 2].map((place) =>
      strictLoad({ url: `${url(place)}/api/health`, perSecond: 20, seconds: 60, onlyGet: true }),
    );
    const { summary } = await stack.up({ parallel: 32, program });
    assert.equal(summary.result, "succeeded");
    for (const { sent, failures } of await Promise.all(load)) {
      assert.ok(sent > 0);
      assert.deepEqual([...failures], []);
    }
  });

  test("a bad release fails the run and is taken back, and nothing is dropped", async () => {
    const command = ["python", "-c", "raise SystemExit('no wind')"];
    const program = programOf({ ...config, override: { backend: { command, startSeconds: 20 } } });
    const load = strictLoad({ url: `${url(1)}/api/health`, perSecond: 20, seconds: 60, onlyGet: true });
    const message = await failure(() => stack.up({ parallel: 32, program }));
    assert.match(message, /rollback/);
    assert.deepEqual([...(await load).failures], []);
    await stack.up({ parallel: 32 });
  });

  test("a machine that dies: all is served elsewhere", async () => {
    const before = (await running(0)).length + (await running(1)).length;
    await machine(2).standin.kill();
    const counts = "docker service ls --format '{{.Name}} {{.Replicas}}'";
    await until("all replicas run", 120, async () => {
      const services = (await machine(0).standin.exec(counts)).split("\n");
      assert.ok(
        services.every((line) => line.endsWith(" 3/3")),
        services.join(),
      );
      return true;
    });
    assert.ok((await untilAnswers(`${url(1)}/api/ready`, 10)) <= 10);
    assert.ok(before > 0);
    await machine(2).standin.start();
    await machine(2).standin.ready();
    const took = await untilAnswers(`${url(2)}/api/ready`, 120);
    assert.ok(took <= 120, `${took} s`);
  });

  test("destroy leaves nothing on any, and none in a swarm", async () => {
    await stack.destroy({ parallel: 32 });
    const all =
      "docker ps -aq --filter label=berth.system; docker volume ls -q --filter label=berth.system; docker network ls -q --filter label=berth.system; docker info --format '{{.Swarm.LocalNodeState}}'";
    for (const { standin } of machines) assert.equal(await standin.exec(all), "inactive");
  });
});
