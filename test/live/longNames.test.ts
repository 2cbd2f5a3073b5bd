import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { Berth } from "../tools/berth.ts";
import { json, post, reached, type Ready } from "../tools/http.ts";
import { long, longShop } from "../tools/longNames.ts";
import { until } from "../tools/wait.ts";

describe("a system whose services have names of 63 letters", () => {
  let berth: Berth;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "berth-long-"));
    berth = await Berth.open("attn", await longShop(folder));
  });
  afterAll(async () => {
    await (berth as Berth | undefined)?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("comes up, and its services reach each other and are reached", async () => {
    const { code, output } = await berth.up().ended;
    assert.equal(code, 0, output);
    const ready = await until("ready", 120, () => json<Ready>(`${berth.url}/api/ready`));
    assert.deepEqual(reached(ready), {
      [long("database")]: "postgres ok",
      [long("queue")]: "redis ok",
      orders: "queue ok",
    });
    const { id } = await post<{ id: number }>(`${berth.url}/api/items`, { text: "an order" });
    assert.equal(id, 1);
  });

  it("has nothing to do the second time", async () => {
    const { code, output } = await berth.start("up", "--full", ...berth.settings()).ended;
    assert.equal(code, 0, output);
    assert.match(output, /^SHOP is up, nothing to do, /m);
  });

  it("is released, and everything works", async () => {
    const settings = berth.settings(`environment.${long("api")}.NOTE=two`);
    const { code, output } = await berth.start("up", ...settings).ended;
    assert.equal(code, 0, output);
    const verified = await berth.start("verify", ...settings).ended;
    assert.equal(verified.code, 0, verified.output);
    assert.match(verified.output, /\d+ passed, 0 failed, /);
  });
});
