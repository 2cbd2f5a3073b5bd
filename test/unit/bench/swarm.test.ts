import assert from "node:assert/strict";
import type { CpuInfo } from "node:os";
import { test } from "vitest";
import {
  idleSentence,
  idleShare,
  sides,
  swarmTable,
  type Answer,
  type Turn,
} from "../../../bench/swarmTable.ts";
import { rateOf } from "../../../bench/wrk.ts";

const turn = (answer: Answer, [alone, one, three]: [number, number, number], idle: number): Turn[] =>
  sides.map((side) => ({ side, answer, rate: { alone, one, three }[side], idle }));

const turns = [
  ...turn("/", [1000, 800, 2400], 0.5),
  ...turn("/", [1200.4, 900, 1800], 0.25),
  ...turn("/api/health", [100, 200, 300], 0.9),
  ...turn("/api/ready", [50, 50, 40], 0.026),
];

test("a table has the lowest rate of each side, and the lowest ratio of a round and not of its lowest rates", () => {
  const [, , page, health, ready] = swarmTable(turns).split("\n");
  assert.equal(page, "| a small static page, by a second nginx | 1,000 | 800 | 1,800 | 1.50 | 2.00 |");
  assert.equal(health, "| the application, which asks nobody | 100 | 200 | 300 | 3.00 | 1.50 |");
  assert.equal(ready, "| the application, which asks PostgreSQL and Redis | 50 | 50 | 40 | 0.80 | 0.80 |");
});

test("a side that wasn't measured shows, and isn't taken for a figure", () => {
  const [, , page] = swarmTable(turns.filter(({ side }) => side !== "one")).split("\n");
  assert.match(page ?? "", /\| ∞ \| 1,800 \| 1\.50 \| NaN \|$/);
});

test("how busy the machine below was is told of its busiest turn", () => {
  assert.match(idleSentence(turns), /at least 3 % \(alone\), 3 % \(one\), 3 % \(three\) were idle/);
});

test("what nobody used is a share of all CPUs' time between two readings", () => {
  const cpu = (idle: number, user: number, sys: number): CpuInfo => ({
    model: "",
    speed: 0,
    times: { idle, user, sys, nice: 0, irq: 0 },
  });
  assert.equal(idleShare([cpu(100, 100, 0), cpu(0, 0, 0)], [cpu(150, 120, 30), cpu(0, 50, 50)]), 0.25);
  assert.equal(idleShare([cpu(5, 5, 5)], [cpu(15, 5, 5)]), 1);
});

test.each([
  ["Requests/sec:  26176.31\nTransfer/sec: 3.1MB", 26176.31],
  ["Latency 1ms\nRequests/sec:      0.50", 0.5],
])("reads what wrk reached of %j", (text, rate) => {
  assert.equal(rateOf("http://203.0.113.7/", text), rate);
});

test.each([
  ["Requests/sec:  26176.31\n  Non-2xx or 3xx responses: 7"],
  ["  Socket errors: connect 0, read 0, write 0, timeout 3\nRequests/sec: 12.00"],
  ["Requests/sec:      0.00"],
  ["unable to connect to 203.0.113.7:http Connection refused"],
])("takes no rate of %j, and shows all of it", (text) => {
  assert.throws(() => rateOf("http://203.0.113.7/", text), {
    message: `http://203.0.113.7/: must answer each request with 200, got\n${text}`,
  });
});
