import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, test } from "vitest";
import { startBucket, type OutsideBucket } from "../tools/bucket.ts";
import { inspect } from "../tools/docker.ts";
import { json, reached, status, type Ready } from "../tools/http.ts";
import { skipWhen } from "../tools/skip.ts";
import { until } from "../tools/wait.ts";
import { removeReleases } from "../tools/release.ts";
import { countedUp, noStandin } from "./sshRig.ts";
import { testPairVerbs } from "./swarmPairVerbs.ts";
import { left, swarmRig, type SwarmRig } from "./swarmRig.ts";
import { SwarmVerbs } from "./swarmVerbs.ts";

const name = "sshtest-swarm-docsai";
const places = [0, 1];

interface Documents {
  documents: { title: string; url: string }[];
}

describe("DocsAI on two servers as one swarm, its media in a bucket", skipWhen(await noStandin()), () => {
  let rig: SwarmRig;
  let bucket: OutsideBucket;
  let verbs: SwarmVerbs;

  beforeAll(async () => {
    rig = await swarmRig("docsai", { replicas: { app: 2 } }, { name, beside: ["two"] });
    const { NetworkSettings } = await inspect(rig.machine(0).standin.name);
    const [network] = Object.values(NetworkSettings.Networks);
    bucket = await startBucket("documents", network?.Gateway);
    verbs = await SwarmVerbs.open(rig, { "berth:external": { media: bucket.url } });
  });

  afterAll(async () => {
    await (verbs as SwarmVerbs | undefined)?.[Symbol.asyncDispose]();
    await (rig as SwarmRig | undefined)?.[Symbol.asyncDispose]();
    await (bucket as OutsideBucket | undefined)?.[Symbol.asyncDispose]();
    await removeReleases();
  });

  const program = (over: Record<string, unknown> = {}) =>
    rig.program({ external: { media: bucket.url }, ...over });

  test("its application and its proxy are on both, and reach database and bucket from each", async () => {
    await countedUp(rig.stack, rig.machine(0), program());
    for (const place of places) {
      const own = place === 0 ? "nginx" : "nginx-two";
      await until(`machine ${place} runs both`, 120, async () => {
        const running = await rig.running(place);
        assert.ok(running.includes(own) && running.includes("app"), running.join());
        return true;
      });
      const ready = await until("ready", 60, () => json<Ready>(`${rig.url(place)}/api/ready`));
      assert.deepEqual(reached(ready), { postgres: "postgres ok", media: "s3 ok" });
    }
  });

  test("each machine serves the files that the job collected there", async () => {
    for (const place of places) {
      const page = await (await fetch(`${rig.url(place)}/`)).text();
      const [style = ""] = /\/static\/documents\/style\.[0-9a-f]{12}\.css/.exec(page) ?? [];
      assert.notEqual(style, "", page);
      // On both, for the other's page may have led here.
      for (const other of places) {
        const answer = await fetch(`${rig.url(other)}${style}`);
        assert.equal(answer.status, 200, `machine ${other}`);
        assert.match(answer.headers.get("cache-control") ?? "", /max-age=2592000/);
        await answer.text();
      }
    }
  });

  test("what is sent to one machine is found by the other", async () => {
    const form = new FormData();
    form.set("title", "Report");
    form.set("file", new File(["all is well"], "report.txt"));
    assert.equal(await status(`${rig.url(1)}/api/documents`, { method: "POST", body: form }), 201);
    const { documents } = await json<Documents>(`${rig.url(0)}/api/documents`);
    assert.deepEqual(
      documents.map(({ title }) => title),
      ["Report"],
    );
    assert.equal(await (await fetch(documents[0]?.url ?? "")).text(), "all is well");
  });

  testPairVerbs(() => verbs);

  test("a second run changes nothing, and a release goes through", async () => {
    assert.deepEqual(Object.keys((await countedUp(rig.stack, rig.machine(0), program())).changes), ["same"]);
    await rig.stack.refresh({ parallel: 32 });
    assert.deepEqual(Object.keys((await countedUp(rig.stack, rig.machine(0), program())).changes), ["same"]);
    const next = program({ environment: { app: { NOTE: "another release" } } });
    await countedUp(rig.stack, rig.machine(0), next);
    for (const place of places)
      await until(`machine ${place} answers`, 60, () => json<Ready>(`${rig.url(place)}/api/ready`));
    assert.deepEqual(Object.keys((await countedUp(rig.stack, rig.machine(0), next)).changes), ["same"]);
  });

  test("a network of another kind takes the place of the one before, with all that is on it", async () => {
    const wider = program({ swarm: { encrypted: false, mtu: 1400 } });
    await countedUp(rig.stack, rig.machine(0), wider);
    for (const place of places) {
      const ready = await until("ready", 60, () => json<Ready>(`${rig.url(place)}/api/ready`));
      assert.deepEqual(reached(ready), { postgres: "postgres ok", media: "s3 ok" });
    }
    const { documents } = await json<Documents>(`${rig.url(0)}/api/documents`);
    assert.equal(documents.length, 1);
    assert.deepEqual(Object.keys((await countedUp(rig.stack, rig.machine(0), wider)).changes), ["same"]);
  });

  test("without the second it is no swarm any more, and with it one again", async () => {
    await countedUp(rig.stack, rig.machine(0), program({ swarm: false, hosts: {} }));
    const state = "docker info --format '{{.Swarm.LocalNodeState}}'";
    for (const place of places) assert.equal(await rig.machine(place).standin.exec(state), "inactive");
    const alone = await until("ready", 120, () => json<Ready>(`${rig.url(0)}/api/ready`));
    assert.deepEqual(reached(alone), { postgres: "postgres ok", media: "s3 ok" });
    await countedUp(rig.stack, rig.machine(0), program());
    for (const place of places) {
      const ready = await until("ready", 120, () => json<Ready>(`${rig.url(place)}/api/ready`));
      assert.deepEqual(reached(ready), { postgres: "postgres ok", media: "s3 ok" });
    }
    const { documents } = await json<Documents>(`${rig.url(1)}/api/documents`);
    assert.equal(documents.length, 1);
  });

  test("with one machine of the two gone, the other serves pages and their files", async () => {
    await rig.dies(1);
    await until("pages", 120, async () => (await fetch(`${rig.url(0)}/api/ready`)).status === 200);
    const { documents } = await json<Documents>(`${rig.url(0)}/api/documents`);
    assert.equal(documents.length, 1);
    const page = await (await fetch(`${rig.url(0)}/`)).text();
    const [style = ""] = /\/static\/[^"]*\.css/.exec(page) ?? [];
    assert.equal(await status(`${rig.url(0)}${style}`), 200, style);
  });

  test("and the stack is removed without it, which is said", async () => {
    const { code, all } = await verbs.run("destroy", "--data", "--yes");
    assert.equal(code, 0, all);
    assert.match(all, /going on without that machine of the swarm/);
    assert.match(
      all,
      /^left: what is on \S+, which isn't reached; remove it there \(docs\/hosts\/swarm\.md\)$/m,
    );
    assert.equal(await rig.machine(0).standin.exec(left), "inactive");
  });
});
