import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it, onTestFinished, vi } from "vitest";
import { agree } from "../../../cli/agree.ts";
import { openHome, type Home } from "../../../cli/home.ts";
import { Refusal } from "../../../cli/refusal.ts";
import { holdAlone } from "../../../cli/rollback/alone.ts";
import { engineFor } from "../../../cli/session.ts";
import { keepEngine } from "../../../cli/state/engineRecord.ts";
import { holderText, type Holder } from "../../../cli/state/holder.ts";
import { engineLocks, hold, isHeld } from "../../../cli/state/locks.ts";
import { unlock } from "../../../cli/verbs/unlock.ts";

vi.mock(import("../../../cli/agree.ts"), { spy: true });
vi.mock(import("../../../cli/session.ts"), async (original) => ({
  ...(await original()),
  findTools: () => Promise.resolve({} as never),
  engineFor: vi.fn(),
}));

const user = userInfo().username;
const stack = "unit-locks";
const options = { stack, config: ["system=loc8"] };
const elsewhere: Holder = {
  ...{ pid: process.pid, user: "ada", host: "adas-laptop", doing: "berth up" },
  since: new Date("2026-11-29T10:00:00.000Z"),
};

let home: Home;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-locks-"));
  vi.stubEnv("XDG_DATA_HOME", folder);
  vi.stubEnv("PULUMI_BACKEND_URL", undefined);
  home = await openHome();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const file = () => join(home.runs, `${stack}.json`);

/** The engine's lock in a folder of state; where it is. */
async function engineLock(state: string, holder: Holder): Promise<string> {
  const locks = join(state, ".pulumi/locks/organization/berth", stack);
  await mkdir(locks, { recursive: true });
  const lock = join(locks, `${holder.pid}.json`);
  await writeFile(lock, holderText({ ...holder, doing: undefined }));
  return lock;
}

/** Of a process that was here and has ended. */
function gone(): Holder {
  const { pid } = spawnSync("true");
  return { pid, user, host: hostname(), since: new Date(), doing: "berth up" };
}

/** A file that was written an hour ago, or so many. */
async function writeOld(path: string, text: string, hours = 1): Promise<void> {
  await writeFile(path, text);
  const then = Date.now() / 1000 - hours * 3600;
  await utimes(path, then, then);
}

async function refusal(work: Promise<unknown>): Promise<readonly string[]> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof Refusal, String(error));
  return error.problems;
}

describe("a stack that a command holds", () => {
  it("is held by one of twenty that begin at once, and each other is told which and how to end it", async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => hold(home.runs, stack, "berth up")));
    const [won, ...more] = all.filter((one) => "release" in one);
    assert.deepEqual([won !== undefined, more.length], [true, 0]);
    const { timestamp } = JSON.parse(await readFile(file(), "utf8")) as { timestamp: string };
    const since = timestamp.replace(/\.\d+Z$/, "Z");
    const problem = `stack "${stack}": must be free, held by pid ${process.pid} of ${user} on ${hostname()} with berth up, since ${since}; wait for it to end, or stop it with kill -INT ${process.pid}`;
    assert.deepEqual(
      new Set(all.flatMap((one) => ("problem" in one ? [one.problem] : []))),
      new Set([problem]),
    );
    won?.release();
    assert.equal(isHeld(home.runs, stack), false);
  });

  it("goes over to one of twenty when its holder was killed, or left a file that is no lock", async () => {
    for (const left of [holderText(gone()), "", "{"]) {
      await writeOld(file(), left);
      const all = await Promise.all(Array.from({ length: 20 }, () => hold(home.runs, stack, "berth up")));
      const won = all.filter((one) => "release" in one);
      assert.equal(won.length, 1, JSON.stringify(left));
      won[0]?.release();
    }
  });

  it("isn't taken while its lock is being written, where that takes two steps", async () => {
    await writeFile(file(), "");
    const held = hold(home.runs, stack, "berth up");
    const first = await Promise.race([held, new Promise((resolve) => setTimeout(resolve, 300, "waits"))]);
    assert.equal(first, "waits");
    await writeFile(file(), holderText(elsewhere));
    assert.match("problem" in (await held) ? JSON.stringify(await held) : "", /held by pid \d+ of ada /);
    assert.equal(await readFile(file(), "utf8"), holderText(elsewhere));
  });

  it("goes over at once too where one was killed that took it over, or left that file empty long ago", async () => {
    for (const left of [holderText(gone()), ""]) {
      await writeFile(file(), holderText(gone()));
      await writeOld(`${file()}.removal`, left);
      const all = await Promise.all(Array.from({ length: 20 }, () => hold(home.runs, stack, "berth up")));
      const won = all.filter((one) => "release" in one);
      assert.equal(won.length, 1, JSON.stringify(left));
      won[0]?.release();
      assert.deepEqual(await readdir(home.runs), []);
    }
    await writeFile(file(), holderText(gone()));
    // However new it is.
    await writeOld(`${file()}.removal`, holderText(gone()), -1);
    const held = await hold(home.runs, stack, "berth up");
    assert.ok("release" in held, JSON.stringify(held));
    held.release();
  });

  it("waits for one that takes it over, however long that has been at it", async () => {
    const [left, guard] = [holderText(gone()), `${file()}.removal`];
    const atWork = { pid: process.pid, user, host: hostname(), since: new Date() };
    // In the second case it was killed, and another cleans up after it.
    for (const guards of [[atWork], [gone(), atWork]]) {
      await writeFile(file(), left);
      const files = guards.map((_, index) => `${guard}${".removal".repeat(index)}`);
      for (const [index, name] of files.entries()) await writeOld(name, holderText(guards[index] ?? atWork));
      const held = hold(home.runs, stack, "berth up");
      const first = await Promise.race([held, new Promise((resolve) => setTimeout(resolve, 300, "waits"))]);
      assert.deepEqual([first, await readFile(file(), "utf8")], ["waits", left]);
      assert.deepEqual(files.filter(existsSync), files);
      await rm(files.at(-1) ?? "");
      const won = await held;
      assert.ok("release" in won, JSON.stringify(won));
      won.release();
    }
  });

  it("stays another's who got it since, when a command ends that had it before", async () => {
    const held = await hold(home.runs, stack, "berth up");
    await writeFile(file(), holderText(elsewhere));
    assert.ok("release" in held);
    held.release();
    assert.equal(await readFile(file(), "utf8"), holderText(elsewhere));
  });
});

describe("a stack that a command of another machine holds", () => {
  const problem = `stack "${stack}": must be free, held by pid ${process.pid} of ada on adas-laptop with berth up, since 2026-11-29T10:00:00Z; wait for it to end, or, if it was killed, run berth unlock --stack ${stack}`;

  it("is refused with what frees it, which asks first, and then the next has it", async () => {
    await writeFile(file(), holderText(elsewhere));
    const lock = await engineLock(home.state, { ...elsewhere, pid: 4711 });
    assert.deepEqual(await hold(home.runs, stack, "berth up"), { problem });
    assert.deepEqual(await refusal(unlock(options)), [
      `--yes: must be given where nobody can be asked; berth unlock frees stack ${stack} of pid ${process.pid} of ada on adas-laptop with berth up, since 2026-11-29T10:00:00Z and pid 4711 of ada on adas-laptop, since 2026-11-29T10:00:00Z, which must have ended: two at once break its state`,
    ]);
    assert.ok(existsSync(file()) && existsSync(lock));
    assert.equal(await unlock({ ...options, yes: true }), 0);
    assert.deepEqual([isHeld(home.runs, stack), existsSync(lock)], [false, false]);
    const held = await hold(home.runs, stack, "berth up");
    assert.ok("release" in held);
    held.release();
  });

  it("isn't taken for ended where the other machine has this one's name and they share a folder", async () => {
    const shared = join(folder, "shared");
    vi.stubEnv("PULUMI_BACKEND_URL", `file://${shared}`);
    const left = gone();
    const lock = await engineLock(shared, left);
    const alive = async () => (await engineLocks(home, stack)).map((one) => one.alive);
    assert.deepEqual(await alive(), [true]);
    keepEngine(home.runs, stack, left.pid + 1);
    assert.deepEqual(await alive(), [true], "another process is written down");
    keepEngine(home.runs, stack, left.pid);
    assert.deepEqual(await alive(), [false]);
    assert.ok(existsSync(lock));
    for (const [seconds, isAlive] of [
      [50, false],
      [70, true],
      [-10, true],
    ] as const) {
      await engineLock(shared, { ...left, since: new Date(Date.now() + seconds * 1000) });
      assert.deepEqual(await alive(), [isAlive], `${seconds} s after the process that is written down`);
    }
  });

  it("is told of with what frees it, and not with a process that isn't here, where it may be of this one's name", async () => {
    const shared = join(folder, "shared");
    vi.stubEnv("PULUMI_BACKEND_URL", `file://${shared}`);
    const left = { ...gone(), since: elsewhere.since };
    const lock = await engineLock(shared, left);
    const session = { home, stack: { name: stack, config: {}, rest: {} }, output: {} } as never;
    assert.deepEqual(await refusal(holdAlone(session, "berth rollback")), [
      `stack "${stack}": must be free, held by pid ${left.pid} of ${user} on ${hostname()}, since 2026-11-29T10:00:00Z; wait for it to end, or, if it was killed, run berth unlock --stack ${stack}`,
    ]);
    await rm(file());
    await engineLock(shared, { ...left, pid: process.pid, since: new Date() });
    const problems = await refusal(holdAlone(session, "berth rollback"));
    assert.ok(
      problems.some((problem) => problem.endsWith(`, or stop it with kill -INT ${process.pid}`)),
      problems.join("\n"),
    );
    await rm(file());
    await rm(join(lock, `../${process.pid}.json`));
    assert.equal(await unlock({ ...options, yes: true }), 0);
    assert.equal(existsSync(lock), false);
  });
});

describe("berth unlock", () => {
  it("leaves a command of this machine alone that is at work, and says how it ends", async () => {
    const held = await hold(home.runs, stack, "berth restore");
    const [problem = "", ...more] = await refusal(unlock({ ...options, yes: true }));
    assert.deepEqual(more, []);
    assert.match(problem, new RegExp(` with berth restore, since .* kill -INT ${process.pid}$`));
    assert.equal(isHeld(home.runs, stack), true);
    assert.ok("release" in held);
    held.release();
  });

  it("has nothing to ask of a stack that nobody holds, and frees one whose holder was killed here", async () => {
    assert.equal(await unlock(options), 0);
    const lock = await engineLock(home.state, gone());
    assert.equal(await unlock({ ...options, yes: true }), 0);
    assert.equal(existsSync(lock), false);
  });

  describe("that waits for an answer", () => {
    /** What happens before the answer is yes. */
    const meanwhile = (work: () => Promise<unknown>) => {
      vi.mocked(agree).mockImplementationOnce(async () => {
        await work();
      });
    };
    const begin = async () => {
      const held = await hold(home.runs, stack, "berth up");
      assert.ok("release" in held);
      onTestFinished(() => {
        held.release();
      });
    };
    const atWork = new RegExp(` with berth up, since .* kill -INT ${process.pid}$`);
    /** An engine that tells how often it was told to free the stack, and whether another command could begin. */
    const cancelled = () => {
      const calls: boolean[] = [];
      vi.stubEnv("PULUMI_BACKEND_URL", "s3://ada@state");
      vi.mocked(engineFor).mockResolvedValue({
        command: async (...args: string[]) => {
          assert.deepEqual(args, ["cancel", "--yes", "--stack", stack]);
          calls.push("problem" in (await hold(home.runs, stack, "berth up")));
          return { ok: true, complaint: "", stdout: "" };
        },
      } as never);
      return calls;
    };

    it("leaves the lock of a command that took over what was left", async () => {
      await writeFile(file(), holderText(gone()));
      meanwhile(begin);
      const [problem = "", ...more] = await refusal(unlock({ ...options, yes: true }));
      assert.deepEqual(more, []);
      assert.match(problem, atWork);
      assert.match(await readFile(file(), "utf8"), /berth up/);
    });

    it("leaves an engine's that began, and one that another machine's command has since", async () => {
      const old = await engineLock(home.state, { ...elsewhere, pid: 4711 });
      for (const other of [
        { ...gone(), pid: process.pid },
        { ...elsewhere, pid: 4712 },
      ]) {
        let lock = "";
        meanwhile(async () => (lock = await engineLock(home.state, other)));
        const [problem = "", ...more] = await refusal(unlock({ ...options, yes: true }));
        assert.deepEqual(more, []);
        assert.match(problem, new RegExp(`must be free, held by pid ${other.pid} `));
        assert.ok(existsSync(lock) && existsSync(old));
        assert.equal(isHeld(home.runs, stack), false);
        await rm(lock);
      }
      meanwhile(() => writeFile(file(), holderText(elsewhere)));
      await refusal(unlock({ ...options, yes: true }));
      assert.equal(await readFile(file(), "utf8"), holderText(elsewhere));
    });

    it("has nothing freed in a bucket where a command began", async () => {
      const calls = cancelled();
      await writeFile(file(), holderText(gone()));
      meanwhile(begin);
      assert.match((await refusal(unlock({ ...options, yes: true }))).join(), atWork);
      assert.deepEqual(calls, []);
    });

    it("keeps others off while a bucket is freed, and says in JSON that it was", async () => {
      const calls = cancelled();
      const written = vi.spyOn(process.stdout, "write").mockReturnValue(true);
      onTestFinished(() => {
        written.mockRestore();
      });
      assert.equal(await unlock({ ...options, yes: true, json: true }), 0);
      assert.deepEqual(
        written.mock.calls.map(([text]) => JSON.parse(String(text)) as unknown),
        [{ stack, freed: [], cancelled: "s3://state" }],
      );
      assert.deepEqual(calls, [true]);
      assert.equal(isHeld(home.runs, stack), false);
    });
  });
});
