import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "vitest";
import { Berth } from "../tools/berth.ts";
import { Load } from "../tools/load.ts";

/** What an operator does to a system that is up, as one does at a prompt. */
describe("a system that is up", () => {
  let berth: Berth;
  beforeAll(async () => {
    berth = await Berth.open("loc8");
    const { code, output } = await berth.up("replicas.backend=1").ended;
    assert.equal(code, 0, output);
  });
  afterAll(() => berth.close());

  const start = (verb: string, ...words: string[]) =>
    berth.start(verb, ...berth.settings("replicas.backend=1"), ...words).ended;
  const containers = async () => {
    const { containers: all } = await berth.dockerObjects();
    const serving = all.filter(
      ({ Labels, State }) => Labels["berth.role"] === "service" && State === "running",
    );
    return Object.fromEntries(serving.map(({ Labels, Id }) => [Labels["berth.service"], Id]));
  };

  it("starts anew without a dropped request where there is one replica, and leaves all else", async (t) => {
    const before = await containers();
    const load = Load.start({ url: berth.url, perSecond: 50, get: "/api/health", post: "/api/items" });
    await load.reach(50);
    const { code, output } = await start("restart", "backend");
    await load.reach(load.count + 50);
    const { sent, failures, worst } = await load.stop();
    await t.annotate(`${sent} requests, the slowest ${worst.toFixed(0)} ms`);
    assert.equal(code, 0, output);
    assert.deepEqual(failures, {});
    const { backend, ...others } = await containers();
    const { backend: old, ...same } = before;
    assert.notEqual(backend, old);
    assert.deepEqual(others, same);
    assert.deepEqual(await berth.strays(), []);
  });

  it("keeps its database unless somebody agrees to the gap", async () => {
    const before = await containers();
    const { code, output } = await start("restart", "postgres");
    assert.deepEqual(
      [code, output],
      [
        1,
        "--yes: must be given where nobody can be asked; berth restart stops postgres before its new container starts: it is away for some seconds\n",
      ],
    );
    assert.deepEqual(await containers(), before);
  });
});
