import { PassThrough } from "node:stream";
import type Docker from "dockerode";
import type { ContainerCreateOptions, ContainerInfo } from "dockerode";
import { expect, test, vi } from "vitest";
import {
  follow,
  leftRestore,
  restoredBy,
  restoreLabel,
  restoreProblems,
  startOnce,
} from "../../../cli/restore/followed.ts";
import { resumeRestore, runRestore } from "../../../cli/restore/run.ts";
import type { Writer } from "../../../cli/restore/writers.ts";

type Answer = { lines: string[]; running: boolean; code?: number } | { error: string; statusCode?: number };

interface Made {
  docker: Docker;
  calls: string[];
  options: ContainerCreateOptions[];
}

/** An engine whose container of a restore answers one thing after another, with 0 for its end. */
function engine(answers: readonly Answer[], stops: () => Promise<void> = () => Promise.resolve()): Made {
  const calls: string[] = [];
  const options: ContainerCreateOptions[] = [];
  const rest = [...answers];
  let now: Answer | undefined;
  const act = (word: string, id: string) => () => Promise.resolve(void calls.push(`${word} ${id}`));
  const restoring = {
    start: act("start", "restore"),
    remove: act("remove", "restore"),
    logs: () => {
      now = rest.shift();
      if (now === undefined) throw new Error("asked too often");
      if ("error" in now)
        return Promise.reject(Object.assign(new Error(now.error), { statusCode: now.statusCode }));
      const stream = new PassThrough();
      stream.end(now.lines.map((line) => `${line}\n`).join(""));
      return Promise.resolve(stream);
    },
    inspect: () => {
      const { running, code = 0 } = now as { running: boolean; code?: number };
      return Promise.resolve({ State: { Running: running, ExitCode: code } });
    },
  };
  const service = (id: string) => ({
    start: act("start", id),
    stop: () => {
      calls.push(`stop ${id}`);
      return stops();
    },
    inspect: () => Promise.resolve({ State: { Running: true } }),
  });
  const docker = {
    modem: {
      demuxStream: (source: PassThrough, target: PassThrough) =>
        source.on("data", (data) => target.write(data)),
    },
    createContainer: (given: ContainerCreateOptions) => {
      options.push(given);
      calls.push("create restore");
      return Promise.resolve(restoring);
    },
    getContainer: (id: string) => (id === "restore" ? restoring : service(id)),
  };
  return { docker: docker as unknown as Docker, calls, options };
}

const kept = { time: "2026-03-01T03:15:00Z", stack: "old" };
const quick = { most: 60_000, pause: 1 };
const writer = (docker: Docker): Writer => ({
  docker,
  info: { Id: "app", Labels: { "berth.service": "app" } } as unknown as ContainerInfo,
});
const unique = (calls: string[]) => [...new Set(calls)];

test("a container is followed over a way that breaks, and each line is handed on once", async () => {
  const { docker } = engine([
    { lines: ["one", "two"], running: true },
    { error: "connect ECONNREFUSED" },
    { lines: ["one", "two", "three"], running: false },
  ]);
  const lines: string[] = [];
  const code = await follow(docker.getContainer("restore"), docker, (line) => lines.push(line), quick);
  expect([code, lines]).toEqual([0, ["one", "two", "three"]]);
});

test("one that doesn't answer any more is given up, with the reason", async () => {
  const { docker } = engine([{ error: "connect ECONNREFUSED" }]);
  const given = follow(docker.getContainer("restore"), docker, () => undefined, { most: -1, pause: 1 });
  await expect(given).rejects.toThrow("connect ECONNREFUSED");
});

test("what stands still is written down before it does, and starts again when the restore has ended", async () => {
  const { docker, calls, options } = engine([{ lines: ["whole"], running: false }]);
  const lines: string[] = [];
  const run = { stack: "prod", docker, stopped: [writer(docker)], say: (line: string) => lines.push(line) };
  expect(await runRestore(run, { Labels: { a: "b" } }, kept)).toEqual({ code: 0, unwell: [] });
  const [{ Labels = {} } = {}] = options;
  expect([Labels.a, Labels[restoreLabel]]).toEqual(["b", "app"]);
  expect(restoredBy({ Labels } as ContainerInfo)).toEqual(kept);
  expect(unique(calls)).toEqual([
    "create restore",
    "stop app",
    "start restore",
    "start app",
    "remove restore",
  ]);
  expect(lines).toEqual(["stopping app", "whole", "starting app"]);
});

test("where something can't be stopped nothing is restored, and all that stands still starts again", async () => {
  const { docker, calls } = engine([], () => Promise.reject(new Error("it won't")));
  const run = { stack: "prod", docker, stopped: [writer(docker)], say: () => undefined };
  await expect(runRestore(run, {}, kept)).rejects.toThrow("it won't");
  expect(unique(calls)).toEqual(["create restore", "stop app", "start app", "remove restore"]);
});

test("a restore that was cut off is followed to its end, and what stands still for it starts", async () => {
  const { docker, calls } = engine([{ lines: [], running: false }]);
  const left = { Id: "restore", State: "running", Labels: { [restoreLabel]: "app" } };
  const found = leftRestore([{ Labels: {} }, left] as unknown as ContainerInfo[]);
  expect(found).toBe(left);
  const run = { stack: "prod", docker, stopped: [writer(docker)], say: () => undefined };
  expect(await resumeRestore(run, left as unknown as ContainerInfo)).toEqual({ code: 0, unwell: [] });
  expect(unique(calls)).toEqual(["start app", "remove restore"]);
});

test("a stack isn't free while there is one, whoever began it", () => {
  const service = { Names: ["/app-1"], Labels: {} };
  const left = { Names: ["/eager_bell"], Labels: { [restoreLabel]: "app" } };
  const problems = (...all: object[]) => restoreProblems("prod", all as ContainerInfo[]);
  expect(problems(service)).toEqual([]);
  expect(problems(service, left)).toEqual([
    'stack "prod": must be free, got a restore in container eager_bell; berth restore --stack prod follows it to its end',
  ]);
});

test("one that was cut off before it had begun isn't begun, and ends as a failure", async () => {
  const { docker, calls } = engine([]);
  const run = { stack: "prod", docker, stopped: [writer(docker)], say: () => undefined };
  const left = { Id: "restore", State: "created", Labels: {} } as unknown as ContainerInfo;
  expect(await resumeRestore(run, left)).toEqual({ code: 1, unwell: [] });
  expect(unique(calls)).toEqual(["start app", "remove restore"]);
});

test("a way that breaks after hours is waited for as long as one that breaks at once", async () => {
  let hours = 0;
  const clock = vi.spyOn(Date, "now").mockImplementation(() => hours * 3_600_000);
  const { docker } = engine([
    { lines: ["one"], running: true },
    { lines: ["one"], running: false },
  ]);
  const container = docker.getContainer("restore");
  let broken = true;
  const flaky = {
    logs: () => {
      hours++;
      return container.logs({ follow: true });
    },
    inspect: () => {
      if (!broken) return Promise.resolve({ State: { Running: false, ExitCode: 0 } });
      broken = false;
      return Promise.reject(new Error("connect ECONNREFUSED"));
    },
  } as unknown as Docker.Container;
  expect(await follow(flaky, docker, () => undefined, { most: 1000, pause: 1 })).toBe(0);
  expect(hours).toBe(2);
  clock.mockRestore();
});

/** A container whose start fails, and which then is of this status once it answers. */
function unstarted(status: string): Docker.Container {
  const answers = [() => Promise.reject(new Error("connect ECONNREFUSED"))];
  return {
    start: () => Promise.reject(new Error("the way broke")),
    inspect: () => answers.shift()?.() ?? Promise.resolve({ State: { Status: status } }),
  } as unknown as Docker.Container;
}

test("a restore whose start nobody could confirm is asked whether it runs, before anything else starts", async () => {
  await expect(startOnce(unstarted("running"), quick)).resolves.toBeUndefined();
  await expect(startOnce(unstarted("exited"), quick)).resolves.toBeUndefined();
  await expect(startOnce(unstarted("created"), quick)).rejects.toThrow("the way broke");
});

test("one that was killed says so, and where to go on", async () => {
  const { docker } = engine([{ lines: ["volume media"], running: false, code: 137 }]);
  const lines: string[] = [];
  const run = { stack: "prod", docker, stopped: [], say: (line: string) => lines.push(line) };
  const left = { Id: "restore", State: "exited", Labels: {} } as unknown as ContainerInfo;
  expect(await resumeRestore(run, left)).toEqual({ code: 137, unwell: [] });
  expect(lines.slice(0, 3)).toEqual([
    "following a restore that was cut off",
    "volume media",
    "restore: must run to its end, got exit code 137, as of a machine that stopped; the lines above say what has its place by then; berth restore --stack prod again",
  ]);
});
