import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import type { ContainerCreateOptions } from "dockerode";
import { expect, test } from "vitest";
import { Refusal } from "../../../../cli/refusal.ts";
import { exchange } from "../../../../cli/upgrade/exchange.ts";
import { clusterOf, databaseJob } from "../../../../cli/upgrade/job.ts";
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

/** A machine on which each job writes these lines and ends with that code; what is done there is kept, in its order. */
function machine(jobs: JobRun[]) {
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
    inspect: () => Promise.resolve({ State: { Running: true } }),
    remove: () => Promise.reject(Object.assign(new Error("none"), { statusCode: 404 })),
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
    session: { output: { say: (line: string) => heard.push(line) } },
  } as unknown as DatabasePlace;
  return { place, done, heard };
}

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
