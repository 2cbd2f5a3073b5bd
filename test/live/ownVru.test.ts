import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "vitest";
import { findBrowser, textOf, visit } from "../tools/browser.ts";
import { inspect } from "../tools/docker.ts";
import { json } from "../tools/http.ts";
import { documented } from "../tools/page.ts";
import { removeReleases } from "../tools/release.ts";
import { LiveStack } from "../tools/stack.ts";
import { stranger } from "../tools/stranger.ts";

/** What its document has beside the services that owners build, and what other tests bring up. */
const unwatched = Object.fromEntries(
  ["prometheus", "alertmanager", "grafana", "cadvisor", "node-exporter", "nginx-exporter"]
    .concat("postgres-exporter", "redis-exporter")
    .map((service) => [service, false]),
);

describe("VRU's services as its document builds them, by the stack file of the documentation", () => {
  let stack: LiveStack;
  beforeAll(async () => {
    stack = await LiveStack.open({ system: "vru", config: { optional: unwatched } });
    await stack.set({ dataRoot: `${stack.folder}/data` });
    const vru = await stranger("vru", "vru");
    const frontend = await stranger("vru-frontend", "vru-frontend");
    await stack.set(documented("VRU", { vru, "vru-frontend": frontend }));
  });
  afterAll(async () => {
    await stack.close();
    await removeReleases();
  });

  it("come up, each with the image's user and health check, on a port of its own", async (t) => {
    const { seconds } = await stack.up();
    await t.annotate(`first up took ${seconds.toFixed(1)} s`);
    for (const service of ["api-gateway", "ml-engine", "camera-service", "validation-engine"]) {
      const { Config, State } = await inspect((await stack.containers(service))[0]?.id ?? "");
      assert.deepEqual([Config.User, State.Health?.Status], ["990:990", "healthy"], service);
      assert.deepEqual(Config.Healthcheck?.Test, ["CMD", "python", "health.py"]);
    }
  });

  it("reach each other and find the files that were made for them", async () => {
    assert.deepEqual(await json(`${stack.url}/api/status`), {
      database: "scram-sha-256",
      redis: true,
      ml_engine: { device: "cpu", models: 0 },
      camera_service: { cameras: 0 },
      validation_engine: { asks: "http://ml-engine:8001" },
    });
  });

  it("show their page in a browser without an error", async (t) => {
    const browser = await findBrowser();
    if ("reason" in browser) return t.skip(browser.reason);
    const seen = await visit(browser.path, `${stack.url}/`, textOf("main"));
    assert.deepEqual(seen, { saw: "device cpu", problems: [] });
  });

  it("change nothing the second time", async () => {
    assert.deepEqual(Object.keys((await stack.up()).changes), ["same"]);
  });
});
