import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { Berth, killEngine, type Running, type StateResource } from "../test/tools/berth.ts";
import { json, post, status } from "../test/tools/http.ts";
import { until } from "../test/tools/wait.ts";
import { measuredBy, seconds, tableOf, writeSection } from "./page.ts";
import { docker } from "../test/tools/docker.ts";

/**
 * LOC8's first `berth up`, a release and its end, with the engine killed after each step that it has recorded, by turns
 * alone and with all of the command: `npm run bench:kills`, ten minutes, writes a section of docs/faults.md.
 * Fails where a killed command answers later than two minutes after, or a run that follows fails by itself, leaves what
 * its state doesn't know, or loses a row.
 */
const system = "loc8";
const first = ["replicas.backend=1"];
const release = [...first, 'environment.backend={"ANOTHER":"release"}'];
/** Seconds until a killed command has to have ended. */
const answer = 120;
/** More than any of the three has steps: a run that never gets further is an error, not a longer measurement. */
const mostKills = 200;

const berth = await Berth.open(system);
try {
  const rows = [await phase("first `up`", () => berth.up(...first), converged(first))];
  const { id } = await post<{ id: number }>(`${berth.url}/api/items`, { text: "kept" });
  rows.push(await phase("release", () => berth.up(...release), converged(release)));
  const { items } = await json<{ items: { id: number }[] }>(`${berth.url}/api/items`);
  assert.ok(
    items.some((item) => item.id === id),
    "the row is there",
  );
  const destroy = () => berth.start("destroy", "--data", "--yes", ...berth.settings(...release));
  rows.push(await phase("`destroy --data`", destroy, nothingLeft));
  const { Version } = await docker.version();
  const table = `LOC8 on this machine's Docker. The engine is killed as soon as its state shows one step more than at the run's beginning, every second time with the command and its plugins; steps that are recorded together are one. The same command follows, until one ends by itself. After the last of each Docker held what the state knew and nothing else, a run more found nothing to do, and the row that was written before the release was there.

${measuredBy("npm run bench:kills", `Docker Engine ${Version}`)}

${tableOf(["", "killed", "slowest answer after a kill"], rows)}`;
  console.log(table);
  writeSection("Killed after each step", table, "faults.md");
} finally {
  await berth.close();
}

async function phase(name: string, start: () => Running, check: () => Promise<void>): Promise<string[]> {
  const answers: number[] = [];
  for (;;) {
    assert.ok(answers.length < mostKills, `${name}: after ${mostKills} kills it isn't done`);
    const took = await killedAfterStep(start(), answers.length % 2 === 1);
    if (took === undefined) break;
    console.log(`${name}: kill ${answers.length + 1} answered after ${seconds(took)}`);
    assert.ok(took <= answer, `${name}: ended ${took} s after its kill`);
    answers.push(took);
  }
  await check();
  return [name, String(answers.length), seconds(Math.max(0, ...answers))];
}

/** Seconds that the command took to end after its kill; undefined when it had no step left to record. */
async function killedAfterStep(run: Running, everything: boolean): Promise<number | undefined> {
  const before = await recorded();
  let code: number | null | undefined;
  const ended = run.ended.then((last) => {
    code = last.code;
    return last;
  });
  while (code === undefined && (await recorded(before)) === before) await sleep(5);
  if (code === undefined) await killEngine(run.pid, everything);
  const killed = performance.now();
  const { output } = await ended;
  if (code === 0) return undefined;
  // What fails by itself says so in lines of its own; a killed one tells of its kill.
  assert.doesNotMatch(output, /^error: |: must be /m, output);
  return (performance.now() - killed) / 1000;
}

/** What the steps so far have made of the state, as one text; `otherwise` while the engine writes it. */
async function recorded(otherwise = "[]"): Promise<string> {
  return berth.resources().then(
    (resources) => JSON.stringify(resources.map(essence).sort()),
    () => otherwise,
  );
}

/** Without what is encrypted, which the engine may write anew without a step. */
function essence({ urn, id, inputs, delete: replaced }: StateResource): string {
  return JSON.stringify([urn, id, inputs, replaced]).replace(/"ciphertext":"[^"]*"/g, "");
}

function converged(settings: readonly string[]): () => Promise<void> {
  return async () => {
    await until("ready", answer, async () => (await status(`${berth.url}/api/ready`)) === 200);
    assert.deepEqual(await berth.strays(), []);
    const before = await recorded();
    const { code, output } = await berth.start("up", "--full", ...berth.settings(...settings)).ended;
    assert.equal(code, 0, output);
    assert.equal(await recorded(), before, "a run more changes nothing");
  };
}

async function nothingLeft(): Promise<void> {
  const { containers, networks, volumes } = await berth.dockerObjects();
  assert.deepEqual([...containers, ...networks, ...volumes], []);
}
