import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import type Docker from "dockerode";
import type { ContainerInfo } from "dockerode";
import { test } from "vitest";
import type { Change } from "../../../cli/board/events.ts";
import { watchMachines } from "../../../cli/failure/crashWatch.ts";
import { reasonFor, type Condition } from "../../../cli/failure/reason.ts";
import { failuresOf } from "../../../cli/failure/report.ts";

const labels = { "berth.service": "api", "berth.role": "service" };

interface Machine {
  docker: Docker;
  events: PassThrough;
  /** What was asked of its containers. */
  done: string[];
}

/** A machine whose engine has this container, in a crash loop. */
function machine(...ids: string[]): Machine {
  const events = new PassThrough();
  const done: string[] = [];
  const container = (id: string) => ({
    inspect: () =>
      Promise.resolve({
        RestartCount: 3,
        State: { Status: "restarting", ExitCode: 3, StartedAt: "" },
        HostConfig: {},
        Config: {},
      }),
    logs: () => Promise.resolve(framed("2026-11-26T10:00:00.000000000Z KeyError: 'X'\n")),
    remove: () => Promise.resolve(done.push(`remove ${id}`)),
    stop: () => Promise.resolve(done.push(`stop ${id}`)),
  });
  const docker = {
    getEvents: () => Promise.resolve(events),
    getContainer: container,
    listContainers: () => Promise.resolve(ids.map(infoOf)),
    listNetworks: () => Promise.resolve([]),
    listVolumes: () => Promise.resolve({ Volumes: null }),
  } as unknown as Docker;
  return { docker, events, done };
}

function infoOf(id: string): ContainerInfo {
  return {
    Id: id,
    Names: [`/${id}`],
    Labels: labels,
    State: "running",
    Status: "Up",
  } as unknown as ContainerInfo;
}

function framed(text: string): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([head, Buffer.from(text)]);
}

function event(Action: string, id: string): string {
  return `${JSON.stringify({ Action, Actor: { ID: id, Attributes: { ...labels, name: id } } })}\n`;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(setImmediate);
}

test("a crash on another machine is seen, looked at and ended there", async () => {
  const [first, second] = [machine(), machine("api-1")];
  const watch = await watchMachines([first.docker, second.docker], "dev");
  second.events.write(event("create", "api-1"));
  for (let death = 0; death < 4; death++) second.events.write(event("die", "api-1"));
  await until(() => second.done.length > 0);
  watch.stop();
  assert.deepEqual([first.done, second.done], [[], ["remove api-1"]]);
  assert.deepEqual(watch.crashed.get("api"), {
    service: "api",
    container: "api-1",
    reason: "crashes at boot: ended with exit code 3, 4 times",
    cause: [],
    log: ["KeyError: 'X'"],
    remedy: undefined,
  });
});

test("a machine that can't be watched keeps no other from being watched", async () => {
  const broken = { getEvents: () => Promise.reject(new Error("gone")) } as unknown as Docker;
  const second = machine("api-1");
  const watch = await watchMachines([broken, second.docker], "dev");
  second.events.write(event("create", "api-1"));
  for (let death = 0; death < 4; death++) second.events.write(event("die", "api-1"));
  await until(() => watch.crashed.size > 0);
  watch.stop();
});

test("a container on another machine that didn't become healthy is looked at and stopped there", async () => {
  const [first, second] = [machine(), machine("api-1")];
  const failed = [{ kind: "fail", op: "create", urn: "urn", name: "api-1", service: "api", role: "service" }];
  const failures = await failuresOf({
    dockers: [first.docker, second.docker],
    stack: "dev",
    before: new Set(),
    failed: failed as Change[],
    messages: [],
    crashed: new Map(),
  });
  assert.deepEqual(
    failures.map(({ container, log, servesStill }) => ({ container, log, servesStill })),
    [{ container: "api-1", log: ["KeyError: 'X'"], servesStill: false }],
  );
  assert.deepEqual([first.done, second.done], [[], ["stop api-1"]]);
});

/** What a swarm's managers say on a container of theirs. */
const ofSwarm = (service: string) => ({ ...labels, "com.docker.swarm.service.id": service });

/** Events of a container of a swarm's service, the first in its place or a later try. */
function lifeOf(service: string, place: number, task: number): string {
  const name = `api.${place}.${task}`;
  const Actor = { ID: name, Attributes: { ...ofSwarm(service), name } };
  return ["create", "die"].map((Action) => `${JSON.stringify({ Action, Actor })}\n`).join("");
}

/** A machine that manages a swarm with these services. */
function managerOf(...services: string[]): Machine {
  const one = machine();
  Object.assign(one.docker, {
    listServices: () => Promise.resolve(services.map((ID) => ({ ID }))),
    getService: (id: string) => ({ remove: () => Promise.resolve(one.done.push(`remove service ${id}`)) }),
  });
  return one;
}

test("the first container of a swarm's service that ends is looked at where it ran, and none is removed", async () => {
  const [manager, other] = [managerOf("old"), machine()];
  const watch = await watchMachines([manager.docker, other.docker], "dev");
  for (let task = 1; task <= 5; task++) other.events.write(lifeOf("old", 1, task));
  await until(() => watch.crashed.size > 0);
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
  watch.stop();
  assert.deepEqual([manager.done, other.done], [[], []]);
  const { container, reason, log } = watch.crashed.get("api") ?? {};
  assert.deepEqual(
    [container, reason, log],
    ["api.1.1", "crashes at boot: ended with exit code 3, 4 times", ["KeyError: 'X'"]],
  );
});

test("a swarm's service that the run has made is given up once one of its places has failed four times", async () => {
  const [manager, other] = [managerOf("old"), machine()];
  const watch = await watchMachines([manager.docker, other.docker], "dev");
  for (let task = 1; task <= 3; task++)
    for (const place of [1, 2, 3]) other.events.write(lifeOf("new", place, task));
  await until(() => watch.crashed.size > 0);
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
  assert.deepEqual(manager.done, []);
  manager.events.write(lifeOf("new", 2, 4));
  await until(() => manager.done.length > 0);
  watch.stop();
  assert.deepEqual([manager.done, other.done], [["remove service new"], []]);
});

test("where a machine can't tell which services were there before, none is given up", async () => {
  const [lost, other] = [managerOf(), machine()];
  Object.assign(lost.docker, { listServices: () => Promise.reject(new Error("no leader")) });
  const watch = await watchMachines([lost.docker, other.docker], "dev");
  for (let task = 1; task <= 5; task++) other.events.write(lifeOf("new", 1, task));
  await until(() => watch.crashed.size > 0);
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
  watch.stop();
  assert.deepEqual([lost.done, other.done], [[], []]);
});

test("of a swarm's service that failed no container is stopped, and what has ended is looked at first", async () => {
  const infos = [
    { ...infoOf("api.1.old"), Labels: ofSwarm("s1") },
    { ...infoOf("api.1.back"), Labels: ofSwarm("s1") },
    { ...infoOf("api.2.new"), Labels: ofSwarm("s1"), State: "exited", Status: "Exited (3)" },
  ];
  const one = machine();
  Object.assign(one.docker, { listContainers: () => Promise.resolve(infos) });
  const failed = [{ kind: "fail", op: "update", urn: "urn", name: "api", service: "api", role: "service" }];
  const [failure] = await failuresOf({
    dockers: [one.docker],
    stack: "dev",
    before: new Set(["api.1.old"]),
    failed: failed as Change[],
    messages: [{ severity: "error", urn: "urn", text: "service rollback completed" }],
    crashed: new Map(),
  });
  assert.deepEqual([failure?.container, failure?.servesStill], ["api.2.new", true]);
  assert.deepEqual(one.done, []);
});

test("a container that was ended because it stayed unhealthy isn't said to have crashed", () => {
  const condition = (ExitCode: number, FailingStreak: number): Condition => ({
    RestartCount: 0,
    State: {
      ...{ Status: "exited", ExitCode, OOMKilled: false },
      Health: {
        ...{ Status: "unhealthy", FailingStreak },
        Log: [{ Start: "", End: "", ExitCode: 1, Output: "503" }],
      },
    },
    HostConfig: {},
  });
  for (const code of [0, 137, 143])
    assert.equal(reasonFor(condition(code, 3), "failed"), "not healthy in time; its last check said: 503");
  assert.equal(reasonFor(condition(143, 2), "failed"), "ended with exit code 143");
  assert.equal(reasonFor(condition(1, 3), "failed"), "ended with exit code 1");
});
