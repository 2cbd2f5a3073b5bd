import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "vitest";
import { openTunnel } from "../../cli/docker/tunnel.ts";
import { docker, exec } from "../tools/docker.ts";
import { prepare } from "../tools/prepare.ts";
import { LiveStack } from "../tools/stack.ts";
import { until } from "../tools/wait.ts";
import { Prometheus } from "./prometheus.ts";

/** Any system can be watched; the one with the least of its own is tried, and what it adds is VRU's, see vru.test.ts. */
describe("a loc8 that is watched", () => {
  let stack: LiveStack;
  let prometheus: Prometheus;
  beforeAll(async () => {
    await prepare("loc8", [], true);
    stack = await LiveStack.open({ system: "loc8", config: { optional: { postgres: false } } });
    prometheus = new Prometheus(stack);
  });
  afterAll(() => stack.close());

  it("comes up unwatched, and what tells numbers tells nobody", async () => {
    await stack.up();
    assert.deepEqual(await stack.containers("prometheus"), []);
  });

  it("is watched by one setting, while its application stays as it is", async (t) => {
    const before = await stack.containers("backend");
    await stack.set({ monitoring: true });
    const { seconds } = await stack.up();
    await t.annotate(`switched on in ${seconds.toFixed(1)} s`);
    assert.deepEqual(await stack.containers("backend"), before);
    const targets = await prometheus.targets();
    assert.deepEqual(targets, [
      "alertmanager",
      "backend",
      "backend",
      "cadvisor",
      "frontend",
      "nginx-exporter",
      "node-exporter",
      "prometheus",
      "redis-exporter",
    ]);
  });

  it("counts the requests it answers, by service", async () => {
    for (let request = 0; request < 20; request++) await fetch(`${stack.url}/api/health`);
    await until("they are counted", 180, async () => {
      const [sum] = await prometheus.query('sum(http_requests_total{service="backend"})');
      return Number(sum?.value[1] ?? 0) >= 20;
    });
  });

  it("knows whose each container is, and how much memory it takes", async () => {
    const names = (
      await Promise.all(["backend", "frontend", "nginx", "redis"].map((one) => stack.containers(one)))
    )
      .flat()
      .map(({ name }) => name);
    await until("each has a number", 180, async () => {
      const found = await prometheus.query("berth:container_memory:bytes > 0");
      const known = found.map(({ metric }) => metric.container);
      return names.every((name) => known.includes(name));
    });
  });

  it("shows numbers to nobody outside", async () => {
    for (const path of ["/metrics", "/api/metrics"])
      assert.equal((await fetch(`${stack.url}${path}`)).status, 404, path);
  });

  it("leads a person to Prometheus and Alertmanager by a tunnel", async () => {
    const [proxy] = await stack.containers("nginx");
    for (const [host, port, title] of [
      ["prometheus", 9090, /<title>Prometheus/],
      ["alertmanager", 9093, /<title>Alertmanager/],
    ] as const) {
      const tunnel = await openTunnel({ docker, container: proxy?.id ?? "", host, port, local: 0 });
      try {
        const page = await fetch(`http://127.0.0.1:${tunnel.port}/`);
        assert.match(await page.text(), title);
      } finally {
        await tunnel.close();
      }
    }
  });

  it("follows a release without a restart of Prometheus", async () => {
    const [before] = await stack.containers("prometheus");
    await stack.set({ replicas: { backend: 3 } });
    await stack.up();
    assert.deepEqual(await stack.containers("prometheus"), [before]);
    await until("three are watched", 180, async () => {
      return (await prometheus.targets()).filter((name) => name === "backend").length === 3;
    });
  });

  it("has nothing to do the second time", async () => {
    assert.deepEqual(Object.keys((await stack.up()).changes), ["same"]);
  });

  it("is let alone again when the setting goes, and its numbers are kept for when it comes back", async () => {
    await stack.set({ monitoring: undefined });
    await stack.up();
    assert.deepEqual(await stack.containers("prometheus"), []);
    const kept = (await stack.dockerObjects()).volumes.map(({ Name }) => Name.slice(stack.name.length + 1));
    assert.ok(kept.includes("prometheus-data"), kept.join(" "));
    const [proxy] = await stack.containers("nginx");
    const reply = await exec(proxy?.id ?? "", ["curl", "-s", "-m", "3", "http://127.0.0.1:8098/stub_status"]);
    assert.notEqual(reply.code, 0);
  });
});
