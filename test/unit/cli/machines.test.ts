import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import type Docker from "dockerode";
import type { ContainerInfo } from "dockerode";
import { test } from "vitest";
import type { Change } from "../../../cli/board/events.ts";
import { watchMachines } from "../../../cli/failure/crashWatch.ts";
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
