import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "vitest";
import { startBucket, type OutsideBucket } from "../tools/bucket.ts";
import { exec } from "../tools/docker.ts";
import { json, reached, status, type Ready } from "../tools/http.ts";
import { LiveStack } from "../tools/stack.ts";
import { until } from "../tools/wait.ts";

interface Documents {
  documents: { title: string; url: string }[];
}

describe("docsai with its media in a bucket of somebody's", () => {
  let bucket: OutsideBucket;
  let stack: LiveStack;
  beforeAll(async () => {
    bucket = await startBucket("documents");
    stack = await LiveStack.open({ system: "docsai", config: { external: { media: bucket.url } } });
  });
  afterAll(async () => {
    await (stack as LiveStack | undefined)?.close();
    await (bucket as OutsideBucket | undefined)?.[Symbol.asyncDispose]();
  });

  /** What the one document's address gives. */
  async function found(): Promise<string> {
    const { documents } = await json<Documents>(`${stack.url}/api/documents`);
    const [document] = documents;
    assert.equal(document?.title, "Report");
    return (await fetch(document.url)).text();
  }

  it("comes up and reaches it", async () => {
    await stack.up();
    const ready = await until("ready", 60, () => json<Ready>(`${stack.url}/api/ready`));
    assert.deepEqual(reached(ready), { postgres: "postgres ok", media: "s3 ok" });
  });

  it("keeps an upload there and nowhere else, closed to who has no signed address", async () => {
    const form = new FormData();
    form.set("title", "Report");
    form.set("file", new File(["all is well"], "report.txt"));
    assert.equal(await status(`${stack.url}/api/documents`, { method: "POST", body: form }), 201);
    assert.equal(await found(), "all is well");
    const [name = "", ...others] = await bucket.names();
    assert.deepEqual([/^documents\/.*\/report\.txt$/.test(name), others], [true, []]);
    assert.equal(await status(`${bucket.url.replace(/\/\/.*@/, "//")}/${name}`), 403);
    for (const { id } of await stack.containers("app"))
      assert.equal(
        (await exec(id, ["find", "/var/www/media", "-type", "f", "!", "-name", ".berth"])).output,
        "",
      );
    const { volumes } = await stack.dockerObjects();
    assert.deepEqual(
      volumes.flatMap(({ Name }) => (Name.includes("media") ? [Name.replace(stack.name, "")] : [])),
      ["-media-incoming"],
    );
  });

  it("has it after a release", async () => {
    await stack.set({ environment: { app: { NOTE: "another release" } } });
    assert.ok(((await stack.up()).changes.replace ?? 0) > 0);
    assert.equal(await found(), "all is well");
  });

  it("changes nothing the second time", async () => {
    const { changes, output } = await stack.up();
    assert.deepEqual(Object.keys(changes), ["same"], output);
  });
});
