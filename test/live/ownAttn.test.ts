import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "vitest";
import { inspect } from "../tools/docker.ts";
import { json } from "../tools/http.ts";
import { documented } from "../tools/page.ts";
import { removeReleases } from "../tools/release.ts";
import { LiveStack } from "../tools/stack.ts";
import { stranger } from "../tools/stranger.ts";

describe("ATTN's two projects as its document builds them, by the stack file of the documentation", () => {
  let stack: LiveStack;
  beforeAll(async () => {
    stack = await LiveStack.open({ system: "attn" });
    const attn = await stranger("attn-backend", "attn");
    const faces = await stranger("attn-faces", "faces");
    await stack.set(documented("ATTN", { attn, faces }));
  });
  afterAll(async () => {
    await stack.close();
    await removeReleases();
  });

  it("come up with the commands of production", async (t) => {
    const { seconds } = await stack.up();
    await t.annotate(`first up took ${seconds.toFixed(1)} s`);
    const { Config } = await inspect((await stack.containers("attn_backend_api"))[0]?.id ?? "");
    assert.equal(Config.Cmd.slice(0, 3).join(" "), "gunicorn -k uvicorn.workers.UvicornWorker");
    assert.equal(Config.User, "1000:1000");
    assert.equal((await json<{ service: string }>(`${stack.url}/`)).service, "attendance");
  });

  it("reach each other by name, the worker through the queue, and the database", async () => {
    const answer = await fetch(`${stack.url}/api/attendance?photo=Ada-wall-Grace`, { method: "POST" });
    assert.deepEqual(await answer.json(), { present: ["Ada", "Grace"], photos: 1 });
    assert.equal((await fetch(`${stack.url}/api/attendance?photo=wall`, { method: "POST" })).status, 422);
  });

  it("change nothing the second time", async () => {
    assert.deepEqual(Object.keys((await stack.up()).changes), ["same"]);
  });
});
