import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it, vi } from "vitest";
import { openHome } from "../../../cli/home.ts";
import { asStack } from "../../../cli/project.ts";
import { Refusal } from "../../../cli/refusal.ts";
import { holdAlone } from "../../../cli/rollback/alone.ts";
import { engineFor, type Session } from "../../../cli/session.ts";
import { lockProblems } from "../../../cli/state/lockElsewhere.ts";

vi.mock(import("../../../cli/session.ts"), async (original) => ({
  ...(await original()),
  findTools: () => Promise.resolve({} as never),
  engineFor: vi.fn(),
}));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-elsewhere-"));
  vi.stubEnv("XDG_DATA_HOME", folder);
  vi.mocked(engineFor).mockReset();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** A stack whose state this backend keeps, by an engine that answers alike whatever it is questions; and what that was. */
async function stackIn(backend: string, answer: { complaint: string } | { stdout: string }) {
  vi.stubEnv("PULUMI_BACKEND_URL", backend);
  const questions: string[][] = [];
  vi.mocked(engineFor).mockResolvedValue({
    command: (...words: string[]) => {
      questions.push(words);
      return Promise.resolve({ ok: "stdout" in answer, complaint: "", stdout: "", ...answer });
    },
  } as never);
  const session = { home: await openHome(), stack: asStack({ name: "dev" }, ""), output: {} } as Session;
  return { session, questions };
}

/** In the engine's words. */
const locked = `error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.
  s3://state/.pulumi/locks/organization/berth/dev/6c.json: created by ada@adas-laptop (pid 4711) at 2026-11-29T10:00:00Z\n`;
const problem =
  'stack "dev": must be free, held by pid 4711 of ada on adas-laptop, since 2026-11-29T10:00:00Z; wait for it to end, or, if it was killed, run berth unlock --stack dev';
const taken = "error: a stack named organization/berth/dev already exists\n";
const nobody = "error: no stack named 'dev' found\n";

describe("a stack whose state is in no folder", () => {
  const buckets = [
    "s3://state?region=eu-central-1",
    "gs://state",
    "azblob://state",
    "postgres://state/berth",
  ];

  it("is refused to who changes it while another machine's engine has its lock, in every sort of place", async () => {
    for (const backend of buckets) {
      const { session, questions } = await stackIn(backend, { complaint: locked });
      assert.deepEqual(await lockProblems(session), [problem], backend);
      assert.deepEqual(questions, [["stack", "rename", "dev", "--stack", "dev"]]);
      await assert.rejects(holdAlone(session, "berth restore"), new Refusal([problem]));
      await rm(join(session.home.runs, "dev.json"));
    }
  });

  it("is free where the engine took its lock and refused the name that it has, and where there is none", async () => {
    for (const complaint of [taken, nobody]) {
      const { session, questions } = await stackIn("s3://state", { complaint });
      const held = await holdAlone(session, "berth rollback");
      held.release();
      assert.equal(questions.length, 1);
    }
  });

  it("isn't taken for free where the engine can't tell", async () => {
    const { session } = await stackIn("s3://state", { complaint: "error: no answer within 120 s" });
    await assert.rejects(
      lockProblems(session),
      /^Refusal: state: must be readable at s3:\/\/state, got "no answer/,
    );
  });

  it("isn't questions for where this machine's own command has it", async () => {
    const { session, questions } = await stackIn("s3://state", { complaint: taken });
    const held = await holdAlone(session, "berth up");
    await assert.rejects(
      holdAlone(session, "berth restore"),
      /^Refusal: stack "dev": must be free, held by pid /,
    );
    assert.equal(questions.length, 1);
    held.release();
  });

  it("is never renamed where a service keeps it, which tells of a run itself", async () => {
    const text = (run: string) => `Current stack is dev:\n    Owner: team\n${run}    Last updated: now\n`;
    const run = "    resource-import in progress:\n\tStarted: 3 minutes ago\n\tRequested By: ada\n";
    for (const [stdout, problems] of [
      [
        text(run),
        [
          'stack "dev": must be free, held by ada with pulumi resource-import in https://api.pulumi.com, since 3 minutes ago; wait for it to end, or, if it was killed, run berth unlock --stack dev',
        ],
      ],
      [text(""), []],
    ] as const) {
      const { session, questions } = await stackIn("https://api.pulumi.com", { stdout });
      assert.deepEqual(await lockProblems(session), problems);
      assert.deepEqual(questions, [["stack", "--stack", "dev"]]);
    }
  });

  it("isn't questions of an engine where its state is in a folder", async () => {
    const { session, questions } = await stackIn(`file://${folder}`, { complaint: locked });
    assert.deepEqual(await lockProblems(session), []);
    assert.deepEqual(questions, []);
  });
});
