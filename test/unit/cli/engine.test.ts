import { spawnSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openEngine, type Engine, type OnEvent } from "../../../cli/engine/engine.ts";
import { keepEngine, lastEngine } from "../../../cli/state/engineRecord.ts";
import { lockIn } from "../../../cli/state/locks.ts";
import { placeOf, stateProblem } from "../../../cli/state/unreachable.ts";
import type { Home } from "../../../cli/home.ts";

/** An engine that writes down how it is called, and does nothing. */
async function fakeEngine(
  end: string,
  patience?: number,
  /** Of the engine's process that was the last before. */
  last?: number,
): Promise<{ engine: Engine; home: Home; calls: () => Promise<string[]>; notes: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), "berth-engine-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [bin, work, log] = [join(folder, "bin"), join(folder, "work"), join(folder, "calls")];
  await Promise.all([bin, work].map((each) => mkdir(each)));
  await writeFile(join(work, "Pulumi.yaml"), "name: berth\nruntime: nodejs\n");
  await writeFile(join(bin, "pulumi"), `#!/bin/sh\necho "$*" >> ${log}\n${end}\n`);
  await chmod(join(bin, "pulumi"), 0o755);
  const home = { data: folder, state: folder, work, runs: folder, passphrase: join(folder, "p") } as Home;
  if (last !== undefined) keepEngine(home.runs, "dev", last);
  const notes: string[] = [];
  const engine = openEngine({
    tools: { pulumiRoot: folder, version: "3.256.0", how: "built" },
    home,
    stack: "dev",
    program: () => Promise.resolve({}),
    patience,
    note: (line) => notes.push(line),
  });
  const calls = async () => (await readFile(log, "utf8")).trim().split("\n");
  return { engine, home, calls, notes };
}

const options = { replace: [], refresh: false, seconds: 60, onEvent: () => undefined };

/** Ends as the case says, and the errors that were said. */
async function late(end: string, seconds: number) {
  const { engine } = await fakeEngine(end);
  const errors: string[] = [];
  const onEvent: OnEvent = ({ diagnosticEvent }) => {
    if (diagnosticEvent) errors.push(diagnosticEvent.message);
  };
  const { ok } = await engine.preview({ ...options, seconds, onEvent });
  return { ok, errors };
}

describe("a preview that takes too long has failed", () => {
  it("where its time is over before the engine runs", async () => {
    const { ok, errors } = await late("exec sleep 60", 0.001);
    expect([ok, errors]).toEqual([false, [expect.stringContaining("preview: must end within 0.001 s")]]);
  });

  it("where the engine ends well as it is given up", async () => {
    const { ok, errors } = await late("trap 'exit 0' INT; while :; do sleep 0.1; done", 1);
    expect([ok, errors]).toEqual([false, [expect.stringContaining("preview: must end within 1 s")]]);
  });

  it("and what is run after it isn't", async () => {
    const { engine } = await fakeEngine('case "$1" in preview) exec sleep 60 ;; esac');
    expect((await engine.preview({ ...options, seconds: 0.001 })).ok).toBe(false);
    expect((await engine.command("stack", "ls")).ok).toBe(true);
    expect((await engine.up(options)).ok).toBe(true);
  });
});

describe("the Automation API starts the engine", () => {
  for (const verb of ["up", "preview"] as const) {
    it(`once for ${verb}, and asks nothing else of it that isn't answered here`, async () => {
      const { engine, calls } = await fakeEngine("exit 0");
      expect(await engine[verb](options)).toEqual({ ok: true, complaint: "" });
      const [call = "", ...others] = await calls();
      expect(others).toEqual([]);
      expect(call).toMatch(new RegExp(`^${verb} `));
      for (const flag of ["--stack dev", "--parallel 32", "--event-log ", "--client=", "--non-interactive"])
        expect(call).toContain(flag);
    });
  }

  it("and hands on what it complains of", async () => {
    const { engine } = await fakeEngine("echo 'no such stack' >&2; exit 1");
    expect(await engine.up(options)).toEqual({ ok: false, complaint: "no such stack\n" });
  });
});

describe("a lock that the engine finds where nobody else can look", () => {
  const { pid } = spawnSync("true");
  const lock = (who: string) => `s3://state/.pulumi/locks/organization/berth/dev/a.json: created by ${who}`;
  /** Refused until it is freed, in the engine's words. */
  const locked = (...who: string[]) =>
    `case "$1" in cancel) touch "$0.freed" ;; up) [ -e "$0.freed" ] || { cat >&2 <<'END'
error: the stack is currently locked by ${who.length} lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.
${who.map((one) => `  ${lock(one)}`).join("\n")}
END
exit 255; } ;; esac`;
  const own = (id = pid) =>
    `${userInfo().username}@${hostname()} (pid ${id}) at ${new Date(Date.now() + 1000).toISOString().replace(/\.\d+Z$/, "Z")}`;
  const verbs = (calls: string[]) => calls.map((call) => call.split(" ")[0]);

  it("is removed where this machine's last engine left it and has ended, and the run goes on", async () => {
    const { engine, calls, notes } = await fakeEngine(locked(own()), undefined, pid);
    expect(await engine.up(options)).toEqual({ ok: true, complaint: "" });
    expect(verbs(await calls())).toEqual(["up", "cancel", "up"]);
    expect(notes).toEqual([
      expect.stringMatching(
        `^removed the lock of pid ${pid} of .* on ${hostname()}, since .*Z, which has ended$`,
      ),
    ]);
  });

  for (const [what, who, last] of [
    ["no engine of this machine's is known by its number", [own()], undefined],
    ["another was the last one here", [own()], pid + 1],
    ["it is at work", [own(process.pid)], process.pid],
    ["another has one too", [own(), "ada@laptop (pid 1) at 2026-11-29T10:00:00Z"], pid],
    ["it is of another machine", [`ada@laptop (pid ${pid}) at 2036-11-29T10:00:00Z`], pid],
  ] as const)
    it(`stays where ${what}`, async () => {
      const { engine, calls, notes } = await fakeEngine(locked(...who), undefined, last);
      const { ok, complaint } = await engine.up(options);
      expect(ok).toBe(false);
      expect(lockIn(complaint, "dev")).toMatch(
        /^stack "dev": must be free, held by pid \d+ of .* run berth unlock --stack dev$/,
      );
      expect([verbs(await calls()), notes]).toEqual([["up"], []]);
    });
});

it("of an engine that may leave its lock it is written down that it was this machine's", async () => {
  for (const [isKept, ...words] of [
    [true, "stack", "rename", "dev"],
    [true, "stack", "import"],
    [false, "stack", "export"],
  ] as const) {
    const { engine, home } = await fakeEngine("exit 0");
    await engine.command(...words);
    expect([words, lastEngine(home.runs, "dev") !== undefined]).toEqual([words, isKept]);
  }
});

describe("a command that asks the state's backend", () => {
  it("is ended where nothing answers, and says so in the place of the engine's own last words", async () => {
    const { engine } = await fakeEngine(
      "trap 'echo interrupted >&2; exit 1' INT; while :; do sleep 0.1; done",
      1,
    );
    const begun = Date.now();
    const { ok, complaint } = await engine.command("stack", "export");
    expect([ok, complaint]).toEqual([false, "error: no answer within 1 s"]);
    expect(Date.now() - begun).toBeLessThan(15_000);
    for (const backend of ["s3://state", "gs://state?x=1", "https://state.example"])
      expect(stateProblem(backend, complaint)).toBe(
        `state: must be readable at ${placeOf(backend)}, got "no answer within 1 s"; look whether it can be reached from here`,
      );
  });

  it("is left alone while it answers, and is no failure where it ended well in time", async () => {
    const { engine } = await fakeEngine("sleep 0.2; echo '{}'", 5);
    expect(await engine.command("stack", "export")).toEqual({ ok: true, complaint: "", stdout: "{}\n" });
    const { engine: other } = await fakeEngine("echo 'error: held' >&2; exit 1", 5);
    expect(await other.command("stack", "rm")).toEqual({ ok: false, complaint: "error: held\n", stdout: "" });
  });
});
