import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "vitest";
import { Berth } from "../tools/berth.ts";
import { json, post, reached, status, type Ready } from "../tools/http.ts";
import { until } from "../tools/wait.ts";

describe("a system of somebody's own", () => {
  let berth: Berth;
  beforeAll(async () => {
    berth = await Berth.open("attn", "./examples/shop/shop.ts");
  });
  afterAll(() => berth.close());

  it("comes up from one file, and its routes answer", async () => {
    const { code, output } = await berth.up().ended;
    assert.equal(code, 0, output);
    assert.match(output, /^SHOP is up, /m);
    assert.equal(await status(`${berth.url}/health`), 200);
    const ready = await until("ready", 120, () => json<Ready>(`${berth.url}/api/ready`));
    assert.deepEqual(reached(ready), { database: "postgres ok", queue: "redis ok", orders: "queue ok" });
  });

  it("runs its migration first: what the API writes, it finds again", async () => {
    const { id } = await post<{ id: number }>(`${berth.url}/api/items`, { text: "an order" });
    const { items } = await json<{ items: { id: number; text: string }[] }>(`${berth.url}/api/items`);
    assert.deepEqual(
      items.filter((item) => item.id === id).map(({ text }) => text),
      ["an order"],
    );
  });

  it("has nothing to do the second time", async () => {
    const { code, output } = await berth.start("up", "--full", ...berth.settings()).ended;
    assert.equal(code, 0, output);
    assert.match(output, /^SHOP is up, nothing to do, /m);
  });

  it("leaves the engine out then", async () => {
    const again = await berth.start("up", ...berth.settings()).ended;
    assert.equal(again.code, 0, again.output);
    assert.match(again.output, /nothing to do: all is as the last run left it/);
  });

  it("tells what waits in its queue, and that everything works", async () => {
    const status = await berth.start("status", "--json", ...berth.settings()).ended;
    assert.equal(status.code, 0, status.output);
    const line = status.output.split("\n").find((text) => text.startsWith("{")) ?? "";
    const { services, queues } = JSON.parse(line) as Status;
    assert.deepEqual(services.map(({ service, healthy }) => `${service} ${healthy}`).sort(), [
      "api 2",
      "database 1",
      "nginx 1",
      "orders 1",
      "queue 1",
    ]);
    assert.deepEqual(queues, [{ service: "orders", list: "queue:orders", waiting: 0 }]);
    const verified = await berth.start("verify", ...berth.settings()).ended;
    assert.equal(verified.code, 0, verified.output);
    assert.match(verified.output, /\d+ passed, 0 failed, /);
  });

  it("goes, and nothing of it is left", async () => {
    const { code, output } = await berth.start("destroy", "--data", "--yes", ...berth.settings()).ended;
    assert.equal(code, 0, output);
    const { containers, networks, volumes } = await berth.dockerObjects();
    assert.deepEqual([containers.length, networks.length, volumes.length], [0, 0, 0]);
  });
});

interface Status {
  services: { service: string; healthy: number }[];
  queues: { service: string; list: string; waiting: number }[];
}
