import assert from "node:assert/strict";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, it } from "vitest";
import { silent } from "../../cli/session.ts";
import { ensureTools } from "../../toolchain/index.ts";
import { json, post, status, type Ready } from "../tools/http.ts";
import { Load } from "../tools/load.ts";
import { LiveStack } from "../tools/stack.ts";
import { until } from "../tools/wait.ts";

interface Items {
  items: { id: number }[];
}

describe("attn and loc8 on one machine", () => {
  let attn: LiveStack;
  let loc8: LiveStack;
  let written: number;
  beforeAll(async () => {
    attn = await LiveStack.open({
      system: "attn",
      config: { replicas: { attn_backend_api: 1, "api-gateway": 1 } },
    });
    loc8 = await LiveStack.open({ system: "loc8", config: { replicas: { backend: 1 } } });
  });
  afterAll(() => Promise.all([attn.close(), loc8.close()]));

  /** By the CLI, as plain Pulumi is used. */
  const plainDestroy = async (...words: string[]) => {
    const { pulumiRoot } = await ensureTools(silent);
    const all = ["destroy", "--yes", "--non-interactive", "--stack", attn.name, ...words];
    const options = { cwd: attn.folder, env: attn.environment, reject: false, all: true } as const;
    return await execa(join(pulumiRoot, "bin/pulumi"), all, options);
  };
  const volumes = async () => {
    const { volumes: all } = await attn.dockerObjects();
    return all.map(({ Labels, Name }) => `${Labels["berth.role"]} ${Name}`).sort();
  };
  const dataVolumes = () => ["attn_postgres", "attn_redis"].map((store) => `data ${attn.name}-${store}-data`);

  it("come up at the same time, and both answer", async () => {
    await Promise.all([attn.up(), loc8.up()]);
    const ready = [`${attn.url}/ready`, `${loc8.url}/api/ready`].map((url) =>
      until(`${url} is ready`, 120, () => json<Ready>(url)),
    );
    assert.deepEqual(
      (await Promise.all(ready)).map(({ status }) => status),
      ["ready", "ready"],
    );
    ({ id: written } = await post<{ id: number }>(`${attn.url}/items`, { text: "outlives a destroy" }));
  });

  it("share no network, no volume and no container", async () => {
    const [ours, theirs] = await Promise.all([attn.dockerObjects(), loc8.dockerObjects()]);
    const networks = [...ours.networks, ...theirs.networks].map(({ Name }) => Name);
    assert.deepEqual(networks.sort(), [attn.name, loc8.name].sort());
    const volumes = [...ours.volumes, ...theirs.volumes].map(({ Name }) => Name);
    assert.equal(new Set(volumes).size, volumes.length);
    assert.ok(ours.containers.every(({ NetworkSettings: { Networks } }) => !(loc8.name in Networks)));
  });

  it("stay whole where a destroy doesn't leave out what is protected: it refuses before it removes anything", async () => {
    const held = async () => {
      const { containers, networks, volumes } = await attn.dockerObjects();
      const states = containers.map(({ Id, State }) => `${Id} ${State}`);
      return [states, networks.map(({ Id }) => Id), volumes.map(({ Name }) => Name)].map((ids) => ids.sort());
    };
    const before = await held();
    const { exitCode, all } = await plainDestroy();
    assert.notEqual(exitCode, 0, all);
    assert.match(all, /cannot be deleted\s+because it is protected/);
    assert.deepEqual(await held(), before);
    assert.equal((await json<Ready>(`${attn.url}/ready`)).status, "ready");
  });

  it("leave each other alone: one is destroyed under the other's load, and no request of that is lost", async () => {
    const load = Load.start({ url: loc8.url, perSecond: 20, get: "/api/health" });
    const { exitCode, all } = await plainDestroy("--exclude-protected");
    const { failures, sent } = await load.stop();
    assert.equal(exitCode, 0, all);
    assert.match(all, /All unprotected resources were destroyed\. There are still \d+ protected resources/);
    assert.deepEqual(failures, {});
    assert.ok(sent > 20);
  });

  it("leave data and passwords alone where they are protected, and nothing else that is ours", async () => {
    const { containers, networks } = await attn.dockerObjects();
    assert.deepEqual([containers, networks], [[], []]);
    assert.deepEqual(await volumes(), dataVolumes());
    assert.equal(await status(attn.url), 0);
  });

  const findData = async () => {
    await attn.up();
    await until("ready", 120, async () => (await status(`${attn.url}/ready`)) === 200);
    const { items } = await json<Items>(`${attn.url}/items`);
    assert.ok(items.some(({ id }) => id === written));
  };
  it("find their data again when they come back", findData);

  it("keep their data, too, where a destroy leaves its preview out and fails when it has removed other things", async () => {
    const { exitCode, all } = await plainDestroy("--skip-preview");
    assert.notEqual(exitCode, 0, all);
    assert.match(all, /cannot be deleted\s+because it is protected/);
    const kept = await volumes();
    assert.deepEqual(
      kept.filter((one) => one.startsWith("data ")),
      dataVolumes(),
    );
    await findData();
  });

  it("leave nothing at all once data isn't protected any more", async () => {
    await loc8.set({ protectData: false });
    await loc8.up();
    await loc8.must("destroy");
    const { containers, networks, volumes } = await loc8.dockerObjects();
    assert.deepEqual([containers, networks, volumes], [[], [], []]);
    await until("the other is ready still", 60, async () => (await status(`${attn.url}/ready`)) === 200);
  });
});
