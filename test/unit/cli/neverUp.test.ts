import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { problemsIn } from "../../../cli/refusal.ts";
import { looking } from "../../../cli/readerGone.ts";
import { backup } from "../../../cli/verbs/backup.ts";
import { drift } from "../../../cli/verbs/drift.ts";
import { exec } from "../../../cli/verbs/exec.ts";
import { logs } from "../../../cli/verbs/logs.ts";
import { maintenance } from "../../../cli/verbs/maintenance.ts";
import { rollback } from "../../../cli/verbs/rollback.ts";
import { status } from "../../../cli/verbs/status.ts";
import { top } from "../../../cli/verbs/top.ts";
import { tunnel } from "../../../cli/verbs/tunnel.ts";
import { verify } from "../../../cli/verbs/verify.ts";
import type { CommonOptions } from "../../../cli/session.ts";

/** A Docker Engine that holds nothing. */
const docker = createServer(({ url = "" }, answer) => {
  const [, path = ""] = /^(?:\/v[\d.]+)?(\/[^?]*)/.exec(url) ?? [];
  const answers: Record<string, unknown> = {
    "/containers/json": [],
    "/images/json": [],
    "/networks": [],
    "/volumes": { Volumes: null },
    "/info": {
      ID: "a",
      Name: "machine",
      ServerVersion: "29.0.0",
      DockerRootDir: "/",
      NCPU: 2,
      MemTotal: 2 ** 32,
    },
  };
  const known = answers[path];
  answer
    .writeHead(known === undefined ? 404 : 200, { "content-type": "application/json" })
    .end(JSON.stringify(known ?? { message: `no ${path} here` }));
});
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-never-"));
  await new Promise<void>((done) => docker.listen(0, "127.0.0.1", done));
  vi.stubEnv("XDG_DATA_HOME", folder);
  vi.stubEnv("PULUMI_BACKEND_URL", undefined);
  vi.stubEnv("DOCKER_HOST", `tcp://127.0.0.1:${(docker.address() as AddressInfo).port}`);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  docker.close();
  await rm(folder, { recursive: true });
});

/** What a verb says of a stack, a line each, and its exit code. */
async function answerOf(verb: (options: CommonOptions) => Promise<number>, options: CommonOptions) {
  const written: string[] = [];
  const write = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  const log = vi.spyOn(console, "log").mockImplementation((text) => written.push(`${text}\n`));
  onTestFinished(() => {
    write.mockRestore();
    log.mockRestore();
  });
  const { code, problems } = await verb(options).then(
    (code) => ({ code, problems: [] as readonly string[] }),
    (error: unknown) => {
      const problems = problemsIn(error);
      if (problems === undefined) throw error;
      return { code: 1, problems };
    },
  );
  write.mockRestore();
  log.mockRestore();
  return {
    code,
    lines: [
      ...written
        .join("")
        .split("\n")
        .filter((line) => line !== ""),
      ...problems,
    ],
  };
}

const nothing = (stack: string) => `nothing of stack ${stack} runs; berth up --stack ${stack} starts it`;
const unknown = (stack: string) =>
  `nothing of stack ${stack} is on record; berth up --stack ${stack} starts it`;
const undescribed = (stack: string) =>
  `stack "${stack}": must have a file Pulumi.${stack}.yaml or its system named, as in berth up attn --stack ${stack}`;
const inside = (stack: string) =>
  `service: must run, got "backend", and nothing of stack "${stack}" does; run berth up`;
const unkept = () =>
  'backup.to: must say where backups go, such as "s3:https://host/bucket/path", got none; see docs/backups.md';
const closed = (stack: string) =>
  `maintenance: must have a running proxy that the public reaches, got none; berth up --stack ${stack} starts it`;

type Verb = (options: CommonOptions) => Promise<number>;
/** Each verb that reads what a stack is, and what it says of one that is only described, and of one that isn't even that. */
const verbs: Record<string, [verb: Verb, described: typeof nothing, mistyped: typeof nothing]> = {
  status: [status, nothing, nothing],
  top: [top, nothing, nothing],
  verify: [verify, nothing, nothing],
  logs: [(options) => logs([], options), nothing, nothing],
  "logs of a service": [(options) => logs(["backend"], options), nothing, nothing],
  "logs --follow": [(options) => logs([], { ...options, follow: true }), nothing, nothing],
  "logs --since": [(options) => logs([], { ...options, since: "1h" }), nothing, nothing],
  tunnel: [(options) => tunnel("backend", undefined, options), nothing, nothing],
  drift: [drift, unknown, unknown],
  "rollback --list": [(options) => rollback(undefined, { ...options, list: true }), unknown, undescribed],
  exec: [(options) => exec("backend", ["true"], options), inside, inside],
  maintenance: [(options) => maintenance(undefined, options), closed, undescribed],
  "backup list": [(options) => backup("list", options), unkept, unkept],
};

describe("a stack that was never up is told of in one line, and the exit code isn't 0", () => {
  for (const [name, [verb, described, mistyped]] of Object.entries(verbs)) {
    it(`by ${name}, described or not`, async () => {
      expect(await answerOf(verb, { stack: "unit-never", config: ["system=loc8"] })).toEqual({
        code: 1,
        lines: [described("unit-never")],
      });
      expect(await answerOf(verb, { stack: "unit-typo", config: [] })).toEqual({
        code: 1,
        lines: [mistyped("unit-typo")],
      });
    });
  }

  it("and those that are for a stack before its first run are the only others that read", () => {
    expect([...looking].filter((verb) => !(verb in verbs)).sort()).toEqual(["env", "preview", "validate"]);
  });
});
