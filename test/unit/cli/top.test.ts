import assert from "node:assert/strict";
import type { ContainerInfo } from "dockerode";
import pc from "picocolors";
import { test } from "vitest";
import { measure, type Stats, type Usage } from "../../../cli/docker/usage.ts";
import { topRows, topTable } from "../../../cli/top/table.ts";
import { rate } from "../../../cli/units.ts";

const mebi = 2 ** 20;

function stats(second: number, nanoseconds: number, received: number, sent: number): Stats {
  return {
    read: new Date(second * 1000).toISOString(),
    cpu_stats: { cpu_usage: { total_usage: nanoseconds } },
    memory_stats: { usage: 100 * mebi, stats: { inactive_file: 40 * mebi } },
    pids_stats: { current: 7 },
    networks: {
      eth0: { rx_bytes: received, tx_bytes: 0 },
      eth1: { rx_bytes: 0, tx_bytes: sent },
    },
  };
}

const idle = { processes: 1, received: 0, sent: 0, startedAt: new Date(0), restarts: 0 };

function container(name: string): ContainerInfo {
  return {
    Id: name,
    Names: [`/${name}`],
    Labels: { "berth.service": name.slice(0, -2) },
  } as unknown as ContainerInfo;
}

test("CPU and network are what passed between two looks, over all networks; memory is without the file cache", () => {
  assert.deepEqual(measure(stats(1, 1e9, 1000, 500), stats(3, 2e9, 5000, 700)), {
    cpus: 0.5,
    memory: 60 * mebi,
    processes: 7,
    received: 2000,
    sent: 100,
  });
});

test("a container that began anew between two looks, or was seen once, has used nothing yet", () => {
  const { cpus, received, sent } = measure(stats(1, 2e9, 900, 900), stats(2, 1e9, 100, 100));
  assert.deepEqual([cpus, received, sent], [0, 0, 0]);
  assert.equal(measure(stats(1, 1e9, 0, 0), stats(1, 2e9, 0, 0)).cpus, 0);
});

test("a container is a line, with its share of its limit; one that went away meanwhile is none", () => {
  const usage = new Map<string, Usage>([
    [
      "api-2",
      { ...idle, cpus: 1.5, memory: 480 * mebi, memoryLimit: 512 * mebi, received: 13_000, sent: 4e6 },
    ],
    ["api-1", { ...idle, cpus: 0, memory: 96 * mebi, memoryLimit: 0 }],
  ]);
  const rows = topRows("one", ["api-2", "api-1", "api-3"].map(container), usage);
  assert.deepEqual(rows[1], {
    machine: "one",
    service: "api",
    container: "api-2",
    cpus: 1.5,
    memory: 480 * mebi,
    memoryLimit: 512 * mebi,
    processes: 1,
    received: 13_000,
    sent: 4e6,
  });
  assert.deepEqual(
    topTable(rows, pc.createColors(false)).map((line) => line.split(/ {2,}/)),
    [
      ["container", "cpu", "memory", "used", "processes", "received", "sent"],
      ["api-1", "0.00", "96M/-", "-", "1", "0", "0"],
      ["api-2", "1.50", "480M/512M", "94%", "1", "13K/s", "3.8M/s"],
    ],
  );
  assert.ok(topTable(rows, pc.createColors(true))[2]?.includes(pc.createColors(true).red("94%")));
  const two = topTable([...rows, ...rows.map((row) => ({ ...row, machine: "two" }))], pc.createColors(false));
  assert.deepEqual(
    two.map((line) => line.split(/ {2,}/)[0]),
    ["machine", "one", "one", "two", "two"],
  );
  assert.ok(two.every((line) => line.length <= 80));
});

test("a rate has the unit that fits", () => {
  assert.deepEqual([0.4, 850, 12_300, 3_600_000].map(rate), ["0", "850B/s", "12K/s", "3.4M/s"]);
});
