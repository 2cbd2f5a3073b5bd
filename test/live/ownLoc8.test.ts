import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "vitest";
import { findBrowser, textOf, visit } from "../tools/browser.ts";
import { inspect } from "../tools/docker.ts";
import { json, status } from "../tools/http.ts";
import { documented } from "../tools/page.ts";
import { removeReleases } from "../tools/release.ts";
import { LiveStack } from "../tools/stack.ts";
import { stranger } from "../tools/stranger.ts";

describe("LOC8's halves as its document builds them, by the stack file of the documentation", () => {
  let stack: LiveStack;
  beforeAll(async () => {
    const optional = { postgres: false, redis: false };
    stack = await LiveStack.open({ system: "loc8", config: { optional } });
    const backend = await stranger("loc8-backend", "loc8-backend");
    const frontend = await stranger("loc8-frontend", "loc8-frontend");
    await stack.set(documented("LOC8", { "loc8-backend": backend, "loc8-frontend": frontend }));
  });
  afterAll(async () => {
    await stack.close();
    await removeReleases();
  });

  it("come up, gunicorn with gevent as appuser and nginx as its own user", async (t) => {
    const { seconds } = await stack.up();
    await t.annotate(`first up took ${seconds.toFixed(1)} s`);
    const users = ["backend", "frontend"].map(async (service) => {
      const { Config, State } = await inspect((await stack.containers(service))[0]?.id ?? "");
      return `${Config.User} ${State.Health?.Status}`;
    });
    assert.deepEqual(await Promise.all(users), ["1000:1000 healthy", "101:101 healthy"]);
    assert.deepEqual(await json(`${stack.url}/api/growth`), { growth: 1.5, gevent: true });
    assert.equal(await status(`${stack.url}/docs`), 200);
  });

  it("show their page in a browser without an error", async (t) => {
    const browser = await findBrowser();
    if ("reason" in browser) return t.skip(browser.reason);
    const seen = await visit(browser.path, `${stack.url}/`, textOf("main"));
    assert.deepEqual(seen, { saw: "grows by 1.5", problems: [] });
  });

  it("change nothing the second time", async () => {
    assert.deepEqual(Object.keys((await stack.up()).changes), ["same"]);
  });
});
