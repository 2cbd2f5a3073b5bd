import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, it } from "vitest";
import { ensureTools } from "../../toolchain/index.ts";
import { silent } from "../../cli/session.ts";

const run = promisify(execFile);
const program = join(import.meta.dirname, "programs/failing.ts");

interface Reply {
  ok: boolean;
  complaint: string;
  messages: string[];
  seconds: number;
  home: string;
}

/** What programs/failing.ts says; without an end it is killed, and the test says so. */
async function answer(verb: string, stage: string): Promise<Reply> {
  const { stdout } = await run(process.execPath, ["--import", "tsx", program, verb, stage], {
    timeout: 60_000,
    killSignal: "SIGKILL",
  });
  const reply = JSON.parse(stdout) as Reply;
  await rm(dirname(reply.home), { recursive: true });
  return reply;
}

describe("a run ends within seconds, with the message, when its program fails", () => {
  beforeAll(() => ensureTools(silent));

  // A preview knows no value that is made, so nothing is applied to one.
  const stages: Record<string, string[]> = {
    settings: ["up", "preview"],
    "system built": ["up", "preview"],
    "an input's apply": ["up"],
    "an output's apply": ["up"],
    "nobody's promise": ["up", "preview"],
    "a stream's event": ["up", "preview"],
    "an event's handler": ["up", "preview"],
  };
  for (const [stage, verbs] of Object.entries(stages)) {
    for (const verb of verbs) {
      it(`at ${stage}, in ${verb}`, async () => {
        const { ok, complaint, messages, seconds } = await answer(verb, stage);
        assert.deepEqual([ok, ...messages, complaint].filter(Boolean), [`broken at ${stage}`]);
        assert.ok(seconds < 15, `${seconds} s`);
      });
    }
  }
});
