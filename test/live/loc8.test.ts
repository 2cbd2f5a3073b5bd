import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "vitest";
import { confinements } from "../tools/audit.ts";
import { showsConnected } from "../tools/browser.ts";
import { json, post, reached, status, type Ready } from "../tools/http.ts";
import { patientApplication } from "../tools/load.ts";
import { LiveStack } from "../tools/stack.ts";
import { until } from "../tools/wait.ts";
import * as expected from "./expected.ts";
import { assertRotated, postgresLogins, redisLogin } from "./rotated.ts";
import { assertNoDrift, assertVerified } from "./verified.ts";

describe("loc8", () => {
  let stack: LiveStack;
  beforeAll(async () => {
    // From the beginning: what ran before a rotation has its stores as busy during it as what comes after.
    const environment = { backend: patientApplication };
    stack = await LiveStack.open({ system: "loc8", config: { replicas: { backend: 1 }, environment } });
  });
  afterAll(() => stack.close());

  it("comes up from nothing and connects its backend to database and cache", async (t) => {
    const { seconds, outputs } = await stack.up();
    await t.annotate(`first up took ${seconds.toFixed(1)} s`);
    assert.deepEqual(outputs.endpoints, {
      backend: "http://backend:8000",
      frontend: "http://frontend:3000",
    });
    const ready = await until("ready", 120, () => json<Ready>(`${stack.url}/api/ready`));
    assert.deepEqual(reached(ready), { postgres: "postgres ok", redis: "redis ok" });
  });

  it("is found well, line by line, by berth verify", () => assertVerified(stack));

  it("is found as the run left it by berth drift", () => assertNoDrift(stack));

  it("routes each path to its service", async () => {
    const kinds = ["/", "/docs", "/openapi.json", "/health", "/api/health", "/some/page"].map(
      async (path) => {
        const { headers, status } = await fetch(`${stack.url}${path}`, { headers: { accept: "text/html" } });
        return [path, `${status} ${headers.get("content-type")?.split(";")[0]} ${headers.get("x-service")}`];
      },
    );
    assert.deepEqual(Object.fromEntries(await Promise.all(kinds)), {
      "/": "200 text/html null",
      "/docs": "200 text/html backend",
      "/openapi.json": "200 application/json backend",
      "/health": "200 application/json backend",
      "/api/health": "200 application/json backend",
      "/some/page": "200 text/html null",
    });
  });

  it("shows a person that everything is connected", async (t) => {
    await showsConnected(t, stack.url);
  });

  it("confines every container, and publishes exactly one port", async () => {
    assert.deepEqual(await confinements(stack), expected.loc8(new URL(stack.url).host));
  });

  it("has nothing to do the second time, and previews no change after a refresh", async () => {
    assert.deepEqual(Object.keys((await stack.up()).changes), ["same"]);
    await stack.must("refresh");
    assert.deepEqual(Object.keys((await stack.must("preview")).changes), ["same"]);
  });

  for (const count of [3, 2]) {
    it(`spreads requests over ${count} replicas by one setting, and keeps the data`, async () => {
      const { id } = await post<{ id: number }>(`${stack.url}/api/items`, { text: "before" });
      const others = await containersOf(stack, ["nginx", "frontend", "postgres", "redis"]);
      await stack.set({ replicas: { backend: count } });
      const { changes } = await stack.up();
      assert.equal(changes.replace, 3, "only the release's job, its files and their volume are made anew");
      await until(`${count} replicas answer`, 60, async () => {
        const hosts = await Promise.all(
          Array.from({ length: 60 }, async () => (await json<Ready>(`${stack.url}/api/health`)).host),
        );
        assert.equal(new Set(hosts).size, count);
        return true;
      });
      assert.deepEqual(await containersOf(stack, ["nginx", "frontend", "postgres", "redis"]), others);
      const { items } = await json<{ items: { id: number }[] }>(`${stack.url}/api/items`);
      assert.ok(items.some((item) => item.id === id));
    });
  }

  it("tells which data a person must let go of before a database is switched off", async () => {
    await stack.set({ optional: { postgres: false } });
    const { ok, output } = await stack.run("up");
    assert.equal(ok, false);
    assert.match(output, /postgres-data/);
    assert.equal(await status(`${stack.url}/api/ready`), 200);
    await stack.set({ optional: {} });
    await stack.up();
  });

  it("has every secret rotated at 50 requests a second, drops none, and refuses the former ones within a minute", async (t) => {
    await assertRotated(t, {
      stack,
      logins: {
        ...postgresLogins(stack, { name: "postgres", database: "loc8", role: "loc8" }),
        ...redisLogin(stack, "redis"),
      },
      load: { url: stack.url, get: "/api/ready", post: "/api/items" },
      // A stop is awaited before the former login goes: rotate.test.ts waits as long as it is by itself.
      config: { override: { backend: { graceSeconds: 10 } } },
    });
  });
});

describe("loc8 without database and cache", () => {
  let stack: LiveStack;
  beforeAll(async () => {
    const optional = { postgres: false, redis: false };
    stack = await LiveStack.open({ system: "loc8", config: { optional, replicas: { backend: 1 } } });
  });
  afterAll(() => stack.close());

  it("comes up with neither, and says so", async () => {
    await stack.up();
    const ready = await until("ready", 120, () => json<Ready>(`${stack.url}/api/ready`));
    assert.deepEqual(ready.dependencies, []);
    assert.equal(await status(`${stack.url}/api/items`), 503);
    const { containers } = await stack.dockerObjects();
    const services = new Set(containers.map(({ Labels }) => Labels["berth.service"]));
    assert.deepEqual([...services].sort(), ["backend", "frontend", "nginx"]);
  });

  it("gets both once they are switched on", async () => {
    await stack.set({ optional: {} });
    await stack.up();
    const ready = await until("ready", 120, () => json<Ready>(`${stack.url}/api/ready`));
    assert.deepEqual(reached(ready), { postgres: "postgres ok", redis: "redis ok" });
  });
});

async function containersOf(stack: LiveStack, services: string[]) {
  return Promise.all(services.map((service) => stack.containers(service)));
}
