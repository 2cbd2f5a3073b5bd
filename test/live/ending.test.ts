import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, it } from "vitest";
import { ensureTools } from "../../toolchain/index.ts";
import { silent } from "../../cli/session.ts";
import { until } from "../tools/wait.ts";

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
async function answer(verb: string, stage: string, limit = "600"): Promise<Reply> {
  const { stdout } = await run(process.execPath, ["--import", "tsx", program, verb, stage, limit], {
    timeout: 180_000,
    killSignal: "SIGKILL",
  });
  const reply = JSON.parse(stdout) as Reply;
  await rm(dirname(reply.home), { recursive: true });
  return reply;
}

/** Processes that were handed a folder in their environment: the engine and its plugins. */
async function processesWith(folder: string): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const text = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
      return text.includes(folder) ? [await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => pid)] : [];
    }),
  );
  return found.flat();
}

describe("a preview that waits without end is given up", () => {
  beforeAll(() => ensureTools(silent));

  // The engine and its plugin have to be up by then, on a busy machine too.
  const waits: Record<string, [limit: number, what: string]> = {
    "a promise without end": [8, "what the program itself looks up"],
    "an API that never answers": [20, "docker:index/getNetwork:getNetwork"],
  };
  for (const [stage, [limit, what]] of Object.entries(waits)) {
    it(`for ${stage}, says what for, and leaves no process`, async () => {
      const { ok, complaint, messages, seconds, home } = await answer("preview", stage, String(limit));
      assert.deepEqual(
        [ok, complaint, messages],
        [
          false,
          "",
          [
            `preview: must end within ${limit} s, got no answer for ${what}; look whether what is asked can be reached from here, or allow more with --timeout`,
            "preview canceled",
          ],
        ],
      );
      assert.ok(seconds >= limit && seconds < limit + 10, `${seconds} s`);
      // What was told to end does so in a moment; what wasn't waits without end.
      await until("no process is left", 30, async () => {
        assert.deepEqual(await processesWith(dirname(home)), []);
        return true;
      });
    });
  }

  it("and what is left would be seen", async () => {
    const mark = `/nowhere/${process.pid}`;
    const child = spawn("sleep", ["60"], { env: { ...process.env, MARK: mark } });
    await once(child, "spawn");
    assert.deepEqual(await processesWith(mark), ["sleep\u000060\u0000"]);
    child.kill("SIGKILL");
    await once(child, "close");
  });
});

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
