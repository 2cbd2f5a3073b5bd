import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "vitest";
import { camera, findBrowser, textOf, visit } from "../tools/browser.ts";
import { inspect, log } from "../tools/docker.ts";
import { json } from "../tools/http.ts";
import { documented } from "../tools/page.ts";
import { removeReleases } from "../tools/release.ts";
import { LiveStack } from "../tools/stack.ts";
import { stranger } from "../tools/stranger.ts";
import { until } from "../tools/wait.ts";
import { ask } from "./wire.ts";

const workers = ["celery-markers", "celery-notifications", "celery-default"];

describe("ARV as its document builds it, by the stack file of the documentation", () => {
  let stack: LiveStack;
  beforeAll(async () => {
    stack = await LiveStack.open({ system: "arv" });
    const vertex = await stranger("arv", "vertex");
    await stack.set(documented("ARV", { vertex }));
  });
  afterAll(async () => {
    await stack.close();
    await removeReleases();
  });

  it("comes up: migrated, the API healthy by its image's check, Celery's commands in workers and beat", async (t) => {
    const { seconds } = await stack.up();
    await t.annotate(`first up took ${seconds.toFixed(1)} s`);
    for (const service of ["app", ...workers, "celery-beat"]) {
      const { Config, State } = await inspect((await stack.containers(service))[0]?.id ?? "");
      assert.equal(Config.User, "1000:1000", service);
      const checked = service === "app" || service === "celery-markers";
      assert.equal(State.Health?.Status ?? "none", checked ? "healthy" : "none", service);
      assert.equal(Config.Cmd[0], service === "app" ? "uvicorn" : "celery");
    }
  });

  it("takes content, keeps it in its bucket and its folder, and has its queues worked on", async () => {
    const form = new FormData();
    form.set("file", new Blob(["a portrait"]), "portrait.png");
    const posted = await fetch(`${stack.url}/api/contents`, { method: "POST", body: form });
    assert.deepEqual(await posted.json(), { id: 1 });
    const marked = await until("a marker", 120, async () => {
      const content = await json<{ marker: string | null }>(`${stack.url}/api/contents/1`);
      return content.marker === null ? undefined : content;
    });
    assert.deepEqual(marked, { name: "portrait.png", marker: "marker of 10 bytes" });
    assert.equal((await ask(`${stack.url}/storage/1.txt`)).body, "portrait.png");
    await logged("celery-notifications", "told the owner of 1");
  });

  it("has its schedule kept by the beat", () => logged("celery-default", "tidied"));

  it("shows the admin's page at every path, and the viewer a camera", async (t) => {
    assert.match((await ask(`${stack.url}/companies`)).body, /<h1>Companies<\/h1>/);
    const browser = await findBrowser();
    if ("reason" in browser) return t.skip(browser.reason);
    const seen = await visit(browser.path, `${stack.url}/ar/1`, textOf("output"), { flags: camera });
    assert.deepEqual(seen, { saw: "camera, 1 track", problems: [] });
  });

  it("changes nothing the second time", async () => {
    const { changes, output } = await stack.up();
    assert.deepEqual(Object.keys(changes), ["same"], output);
  });

  async function logged(service: string, words: string): Promise<void> {
    const [container] = await stack.containers(service);
    assert.ok(container, `${service} must run`);
    await until(`"${words}" in the log of ${service}`, 180, async () =>
      (await log(container.id)).includes(words),
    );
  }
});
