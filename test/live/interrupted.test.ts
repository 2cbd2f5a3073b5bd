import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { pulumiHome } from "../../toolchain/env.ts";
import { Berth, killEngine } from "../tools/berth.ts";
import { json, post, status } from "../tools/http.ts";
import { until } from "../tools/wait.ts";

describe("berth up that is killed", () => {
  let berth: Berth;
  beforeAll(async () => {
    berth = await Berth.open("loc8");
  });
  afterAll(() => berth.close());

  // From the first container to the last ones that wait for their health.
  for (const [count, everything] of [
    [1, false],
    [6, true],
    [12, false],
  ] as const) {
    it(`leaves nothing that hinders the next: ${everything ? "all of it" : "the engine"}, after ${count} containers`, async (t) => {
      const run = berth.up("replicas.backend=1");
      await run.whileGoing(
        `${count} containers`,
        async () => (await berth.dockerObjects()).containers.length >= count,
      );
      await killEngine(run.pid, everything);
      const killed = performance.now();
      const { code, output } = await run.ended;
      const took = (performance.now() - killed) / 1000;
      await t.annotate(`answered after ${took.toFixed(1)} s`);
      assert.notEqual(code, 0);
      assert.ok(took <= 120, `${took} s\n${output}`);
    });
  }

  // Rare, and for ever: the engine was killed between emptying one of these and filling it.
  it("mends what a kill leaves of a file the engine was writing", async () => {
    const files = await berth.stateFiles(".attrs");
    assert.ok(files.length > 1, files.join());
    for (const file of files) await writeFile(file, "");
  });

  it("converges in the next run, with no orphan and nothing left to do", async () => {
    const { code, output } = await berth.up("replicas.backend=1").ended;
    assert.equal(code, 0, output);
    assert.match(output, /^removed the lock of pid \d+ of \S+ on \S+, since \S+Z, which has ended$/m);
    assert.deepEqual(await berth.strays(), []);
    await until("ready", 120, async () => (await status(`${berth.url}/api/ready`)) === 200);
    const again = await berth.up("replicas.backend=1").ended;
    assert.equal(again.code, 0, again.output);
    assert.deepEqual(await berth.strays(), []);
  });

  it("keeps the data and serves on when a release is killed, and the next run ends it, unheard too", async () => {
    const { id } = await post<{ id: number }>(`${berth.url}/api/items`, { text: "kept" });
    const before = (await berth.dockerObjects()).containers.length;
    const settings = ["replicas.backend=1", 'environment.backend={"ANOTHER":"release"}'];
    const run = berth.up(...settings);
    await run.whileGoing(
      "a new container",
      async () => (await berth.dockerObjects()).containers.length > before,
    );
    await killEngine(run.pid, true);
    await run.ended;
    assert.equal(await status(`${berth.url}/api/ready`), 200);
    assert.equal(await unheard("up", ...berth.settings(...settings)), 0);
    assert.deepEqual(await berth.strays(), []);
    const { items } = await json<{ items: { id: number }[] }>(`${berth.url}/api/items`);
    assert.ok(items.some((item) => item.id === id));
  });

  it("lets one of two at once proceed, and names its holder to the other", async (t) => {
    const began = performance.now();
    const runs = [berth.up("replicas.backend=2"), berth.up("replicas.backend=2")] as const;
    const refused = Promise.race(runs.map((run) => run.ended)).then(() => (performance.now() - began) / 1000);
    const ended = await Promise.all(runs.map((run) => run.ended));
    await t.annotate(`the other ended after ${(await refused).toFixed(1)} s`);
    assert.deepEqual(
      ended.map(({ code }) => code).sort(),
      [0, 1],
      ended.map(({ output }) => output).join("\n"),
    );
    const [won, lost] = ended[0]?.code === 0 ? [runs[0], ended[1]] : [runs[1], ended[0]];
    assert.match(
      lost?.output ?? "",
      new RegExp(
        `^stack "${berth.stack}": must be free, held by pid ${won.pid} of \\S+ on \\S+ with berth up, since \\S+Z; wait for it to end, or stop it with kill -INT ${won.pid}$`,
        "m",
      ),
    );
    assert.deepEqual(await berth.strays(), []);
  });

  it("has the engine leave no log of what it saw", async () => {
    const logs = join(pulumiHome(), "logs");
    const left = await readdir(logs).catch(() => []);
    assert.deepEqual(
      left.filter((name) => name.includes(berth.stack)),
      [],
    );
  });

  /** The exit code of a verb whose reader closes both of its pipes after the first that it writes. */
  async function unheard(verb: string, ...args: string[]): Promise<number | null> {
    const { words, env } = berth.words(verb, ...args);
    const [program, ...rest] = words;
    const child = spawn(program, rest, { env, stdio: ["ignore", "pipe", "pipe"] });
    const ended = once(child, "exit") as Promise<[number | null]>;
    await Promise.race([once(child.stdout, "data"), once(child.stderr, "data")]);
    child.stdout.destroy();
    child.stderr.destroy();
    const limit = setTimeout(() => child.kill("SIGKILL"), 5 * 60_000);
    const [code] = await ended;
    clearTimeout(limit);
    return code;
  }
});
