import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "vitest";
import { Berth } from "../tools/berth.ts";
import { startCollector, type Collector } from "../tools/collector.ts";
import { status } from "../tools/http.ts";
import { Load } from "../tools/load.ts";
import { freePort } from "../tools/stack.ts";
import { until } from "../tools/wait.ts";

describe("a system whose logs Debian's rsyslog collects", () => {
  let berth: Berth;
  let collector: Collector;
  let port: number;
  beforeAll(async () => {
    berth = await Berth.open("attn", "./examples/shop/shop.ts");
    port = await freePort();
    collector = await startCollector(port);
  });
  afterAll(async () => {
    await berth.close();
    await collector[Symbol.asyncDispose]();
  });

  const syslog = (protocol: "udp" | "tcp", other = port): string[] => [
    "logging.driver=syslog",
    `logging.options.syslog-address=${protocol}://127.0.0.1:${other}`,
  ];

  /** Asks for a page that nobody has, and waits until the proxy's line of it has come. */
  async function collected(marker: string): Promise<string> {
    return await until(`a line with ${marker}`, 120, async () => {
      await status(`${berth.url}/${marker}`);
      const [line] = await collector.lines(marker);
      return line;
    });
  }

  it("comes up, and a line arrives with the stack, the service and the container that wrote it", async () => {
    const { code, output } = await berth.up(...syslog("udp")).ended;
    assert.equal(code, 0, output);
    const line = await collected("first-marker");
    assert.match(line, new RegExp(` ${berth.stack}\\.nginx\\.nginx-?\\S*\\[`));
    const [started] = await until("an application's own lines", 120, async () => {
      const lines = await collector.lines(`${berth.stack}.api.api-1-`);
      return lines.length > 0 && lines;
    });
    // The year, the zone and the machine, which Docker's own form of a line lacks.
    assert.match(started ?? "", /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d) \S+ live-/);
  });

  it("has its job's lines collected too", async () => {
    const lines = await until("lines of the migration", 120, async () => {
      const found = await collector.lines(".api-migration");
      return found.length > 0 && found;
    });
    assert.ok(lines.length > 0);
  });

  it("is read by berth logs all the same", async () => {
    const { code, output } = await berth.start("logs", "nginx", "--grep", "first-marker", ...berth.settings())
      .ended;
    assert.equal(code, 0, output);
    assert.match(output, /first-marker/);
  });

  it("drops no request and is released as ever while the collector is killed, away and back", async (t) => {
    const load = Load.start({ url: berth.url, get: "/health", perSecond: 20 });
    await load.reach(40);
    await collector.kill();
    await load.reach(100);
    const { code, output } = await berth.start("restart", "api", "--yes", ...berth.settings(...syslog("udp")))
      .ended;
    await collector.start();
    const report = await load.stop();
    await t.annotate(JSON.stringify(report));
    assert.equal(code, 0, output);
    assert.deepEqual(report.failures, {});
    await collected("marker-after-it-was-back");
  });

  it("drops none and is released while the collector takes nothing", async () => {
    await collector.pause();
    const load = Load.start({ url: berth.url, get: "/health", perSecond: 20 });
    const { code, output } = await berth.start("restart", "api", "--yes", ...berth.settings(...syslog("udp")))
      .ended;
    const report = await load.stop();
    await collector.resume();
    assert.equal(code, 0, output);
    assert.deepEqual(report.failures, {});
  });

  it("is refused before anything is made where Docker would wait for a collector that isn't there", async () => {
    const nobody = await freePort();
    const { code, errors } = await berth.tried("up", ...syslog("tcp", nobody));
    assert.equal(code, 1);
    assert.deepEqual(errors, [
      `logging.options.syslog-address: must be answered at 127.0.0.1:${nobody}, got connection refused; start the collector, or name another`,
    ]);
    assert.equal(await status(`${berth.url}/health`), 200);
  });

  it("goes to the same one over TCP, databases and all, and says what that costs", async () => {
    const { code, output } = await berth.up(...syslog("tcp")).ended;
    assert.equal(code, 0, output);
    assert.match(output, /Docker starts no container while nobody answers at 127\.0\.0\.1:\d+/);
    await collected("marker-over-tcp");
  });

  it("comes up with a Fluentd that is nowhere, and berth logs reads", async () => {
    const nobody = await freePort();
    const options = ["logging.driver=fluentd", `logging.options.fluentd-address=127.0.0.1:${nobody}`];
    const { code, output } = await berth.up(...options).ended;
    assert.equal(code, 0, output);
    assert.equal(await status(`${berth.url}/marker-of-nobody`), 404);
    await until("the proxy's line", 120, async () => {
      const read = await berth.start("logs", "nginx", "--grep", "marker-of-nobody", ...berth.settings())
        .ended;
      return read.output.includes("marker-of-nobody");
    });
    const again = await berth.start("up", "--full", ...berth.settings(...options)).ended;
    assert.match(again.output, /nothing to do/);
  });

  it("goes, and nothing of it is left", async () => {
    const { code, output } = await berth.start("destroy", "--data", "--yes", ...berth.settings()).ended;
    assert.equal(code, 0, output);
    const { containers, networks, volumes } = await berth.dockerObjects();
    assert.deepEqual([containers.length, networks.length, volumes.length], [0, 0, 0]);
  });
});
