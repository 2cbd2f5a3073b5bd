import assert from "node:assert/strict";
import { hostname } from "node:os";
import { PassThrough } from "node:stream";
import type { ContainerCreateOptions, ContainerInfo } from "dockerode";
import { expect, test } from "vitest";
import { Refusal } from "../../../../cli/refusal.ts";
import { exchange } from "../../../../cli/upgrade/exchange.ts";
import { answerOf, clusterOf, databaseJob } from "../../../../cli/upgrade/job.ts";
import { upgradeProblems } from "../../../../cli/upgrade/owner.ts";
import type { DatabasePlace } from "../../../../cli/upgrade/place.ts";

const data = "/var/lib/postgresql/data";
const model = {
  Name: "/dev-postgres",
  Image: "sha256:old",
  Config: { User: "999:999", Env: ["PATH=/usr/lib/postgresql/15/bin", `PGDATA=${data}/pgdata`], Labels: {} },
  HostConfig: {
    Memory: 256,
    ReadonlyRootfs: true,
    Mounts: [{ Type: "volume", Source: "data", Target: data }],
    NetworkMode: "dev",
    ExtraHosts: ["redis:10.0.0.2"],
  },
} as unknown as DatabasePlace["model"];

test("what copies has the server's volumes and limits, its user, no network, and the other image's variables", () => {
  const job = databaseJob(model, "sha256:new", "script", ["swap"]);
  expect(job).toMatchObject({
    name: "dev-postgres-upgrade",
    Image: "sha256:new",
    User: "999:999",
    Env: [`PGDATA=${data}/pgdata`],
    Entrypoint: ["/bin/sh"],
    Cmd: ["-c", "script", "postgres-upgrade", "swap"],
    Healthcheck: { Test: ["NONE"] },
  });
  expect(job.HostConfig).toMatchObject({
    Memory: 256,
    ReadonlyRootfs: true,
    Mounts: [{ Type: "volume", Source: "data", Target: data }],
    NetworkMode: "none",
    ExtraHosts: [],
  });
});

test.each([data, "/elsewhere/pgdata", ""])("data in %j can have no other beside it", (path) => {
  const Config = { ...model.Config, Env: [`PGDATA=${path}`] };
  assert.throws(
    () => clusterOf({ ...model, Config }),
    new Refusal([
      `PGDATA: must be a folder inside the volume, for other data is kept beside it, got "${path}"`,
    ]),
  );
});

interface JobRun {
  lines: string[];
  code: number;
  meanwhile?: () => void;
  /** The way to its engine breaks. */
  lost?: boolean;
}

/**
 * A machine on which each job writes these lines and ends with that code; what is done there is kept, in its order. `left`
 * are the labels of one that runs already.
 */
function machine(jobs: JobRun[], left?: Record<string, string>) {
  const done: string[] = [];
  const stopped = new Set<string>();
  const container = (id: string) => ({
    stop: () => {
      stopped.add(id);
      return Promise.resolve(done.push(`stop ${id}`));
    },
    // What runs already is answered with 304.
    start: () =>
      stopped.delete(id)
        ? Promise.resolve(done.push(`start ${id}`))
        : Promise.reject(Object.assign(new Error("is running"), { statusCode: 304 })),
    inspect: () =>
      id.endsWith("-upgrade") && left === undefined
        ? Promise.reject(Object.assign(new Error("none"), { statusCode: 404 }))
        : Promise.resolve({ State: { Running: true }, Config: { Labels: left ?? {} } }),
    remove: () => {
      left = undefined;
      return Promise.resolve(done.push(`remove ${id}`));
    },
  });
  const createContainer = ({ Cmd = [], Image }: ContainerCreateOptions) => {
    const { lines, code, meanwhile, lost = false }: JobRun = jobs.shift() ?? { lines: [], code: 0 };
    const stream = new PassThrough();
    done.push(["job", Image, ...Cmd.slice(3)].join(" "));
    let ended = code;
    return Promise.resolve({
      attach: () => Promise.resolve(stream),
      start: () => {
        meanwhile?.();
        stream.end(lines.map((line) => `${line}\n`).join(""));
        return Promise.resolve();
      },
      kill: () => {
        done.push("kill");
        ended = 137;
        return Promise.resolve();
      },
      wait: () =>
        lost ? Promise.reject(new Error("socket hang up")) : Promise.resolve({ StatusCode: ended }),
      remove: () => Promise.resolve(),
    });
  };
  const modem = { demuxStream: (stream: PassThrough, out: PassThrough) => stream.pipe(out) };
  const docker = { getContainer: container, createContainer, modem };
  const info = (service: string) => ({
    Id: service,
    State: "running",
    Labels: { "berth.service": service },
  });
  const heard: string[] = [];
  const place = {
    docker,
    model,
    service: "postgres",
    container: info("postgres"),
    machines: [{ docker, services: ["api", "files", "postgres", "exporter"].map(info) }],
    settings: {
      definition: {
        services: {
          api: { phase: "application", kind: "web" },
          files: { phase: "store", kind: "objectStore" },
          postgres: { phase: "store", kind: "postgres" },
        },
      },
    },
    session: { stack: { name: "dev" }, output: { say: (line: string) => heard.push(line) } },
  } as unknown as DatabasePlace;
  return { place, done, heard };
}

const since = "2026-01-02T03:04:05.000Z";
const ownedBy = (pid: number, host: string) => ({
  "berth.upgrade": JSON.stringify({ pid, username: "ada", hostname: host, timestamp: since }),
});
const held =
  'stack "dev": must be free, got an upgrade in container dev-postgres-upgrade of pid 7 of ada on laptop, since 2026-01-02T03:04:05Z; wait for it to end, or, if it was killed, docker rm -f dev-postgres-upgrade on the database\'s machine';

test("what copies for another machine's command is left to it", async () => {
  const { place, done } = machine([], ownedBy(7, "laptop"));
  await assert.rejects(answerOf(place, "sha256:old", "script", ["look"]), new Refusal([held]));
  expect(done).toEqual([]);
});

test.each([
  ["killed", ownedBy(2 ** 22 + 1, hostname())],
  ["this one", ownedBy(process.pid, hostname())],
])("what a command has left goes: %s", async (_, labels) => {
  const { place, done } = machine([], labels);
  await answerOf(place, "sha256:old", "script", ["look"]);
  expect(done).toEqual(["remove dev-postgres-upgrade", "job sha256:old look"]);
});

test("a stack isn't free while an upgrade is at work, and says so of itself", async () => {
  const { Labels = {} } = databaseJob(model, "sha256:new", "script");
  expect(JSON.parse(Labels["berth.upgrade"] ?? "")).toMatchObject({ pid: process.pid, hostname: hostname() });
  const job = (State: string, labels: Record<string, string>) =>
    ({ Names: ["/dev-postgres-upgrade"], State, Labels: labels }) as unknown as ContainerInfo;
  const all = [job("exited", ownedBy(7, "laptop")), job("running", Labels), job("running", {})];
  expect(await upgradeProblems("dev", all)).toEqual([]);
  expect(await upgradeProblems("dev", [...all, job("running", ownedBy(7, "laptop"))])).toEqual([held]);
});

const work = { copyFor: "sha256:new", next: "part", used: "15", former: "postgres:15" };
const listening = process.listenerCount("SIGINT");

test("applications stop first, the database once its copy is whole, and then the data changes places", async () => {
  const { place, done, heard } = machine([
    { lines: ["postgres: shop is copied", "whole"], code: 0 },
    { lines: [], code: 0 },
  ]);
  expect(await exchange(place, work)).toBe(true);
  expect(done).toEqual([
    "stop api",
    "job sha256:new",
    "stop postgres",
    "job sha256:old swap part postgres:15",
  ]);
  expect(heard).toEqual(["stopping api", "postgres: shop is copied", "stopping postgres"]);
  expect(process.listenerCount("SIGINT")).toBe(listening);
});

test("without a copy the database stops at once", async () => {
  const { place, done } = machine([{ lines: [], code: 0 }]);
  expect(await exchange(place, { next: "15", used: "17", former: "postgres:17" })).toBe(true);
  expect(done).toEqual(["stop api", "stop postgres", "job sha256:old swap 15 postgres:17"]);
});

test("a copy that fails changes nothing, is heard, and what was stopped runs again", async () => {
  const { place, done } = machine([{ lines: ["upgrade: shop must be the same"], code: 1 }]);
  await assert.rejects(exchange(place, work), new Refusal(["upgrade: shop must be the same"]));
  expect(done).toEqual(["stop api", "job sha256:new", "start api", "job sha256:old drop part"]);
});

const back = { next: "15", used: "17", former: "postgres:17" };

test("where the data can't change places, what a swap has left is mended before all runs again", async () => {
  const { place, done } = machine([
    { lines: ["upgrade: must have stopped"], code: 1 },
    { lines: ["used 17 250", "kept 15 240 postgres:15"], code: 0 },
  ]);
  await assert.rejects(exchange(place, back), new Refusal(["upgrade: must have stopped"]));
  expect(done.slice(2)).toEqual([
    "job sha256:old swap 15 postgres:17",
    "job sha256:old look",
    "start postgres",
    "start api",
  ]);
});

test("a swap that was killed, and can't be mended, is told, and all runs again", async () => {
  const { place, done } = machine([
    { lines: [], code: 137 },
    { lines: ["mv: cannot move"], code: 1 },
  ]);
  await assert.rejects(
    exchange(place, back),
    new Refusal(["upgrade: must end with 0 in sha256:old, got 137"]),
  );
  expect(done.slice(-2)).toEqual(["start postgres", "start api"]);
});

test("a swap that was done though the way to it broke is done, and nothing starts on the other version's data", async () => {
  const { place, done } = machine([
    { lines: [], code: 0, lost: true },
    { lines: [], code: 0, lost: true },
    { lines: ["used 15 240", "kept 17 250 postgres:17"], code: 0 },
  ]);
  expect(await exchange(place, back)).toBe(true);
  expect(done.slice(2)).toEqual([
    "job sha256:old swap 15 postgres:17",
    "job sha256:old look",
    "job sha256:old look",
  ]);
});

test("^C ends a copy, and all runs again", async () => {
  const meanwhile = () => process.emit("SIGINT");
  const { place, done, heard } = machine([{ lines: [], code: 0, meanwhile }]);
  expect(await exchange(place, work)).toBe(false);
  expect(done).toEqual(["stop api", "job sha256:new", "kill", "start api", "job sha256:old drop part"]);
  expect(heard).toContain("stopping: the data stays as it was, and what was stopped starts again");
  expect(process.listenerCount("SIGINT")).toBe(listening);
});

test("^C that comes when the copy is whole doesn't leave the data half way", async () => {
  const meanwhile = () => process.emit("SIGINT");
  const { place, done, heard } = machine([
    { lines: ["whole"], code: 0 },
    { lines: [], code: 0, meanwhile },
  ]);
  expect(await exchange(place, work)).toBe(true);
  expect(done.at(-1)).toBe("job sha256:old swap part postgres:15");
  expect(heard).toContain("it goes on to its end, for what was stopped is to run again");
});
