import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { docker } from "../test/tools/docker.ts";
import { LiveStack } from "../test/tools/stack.ts";
import type { Compose } from "./compose.ts";
import { measure } from "./measure.ts";
import { seconds } from "./page.ts";
import { healthy } from "./peer.ts";

/** Rows of a table: so many services, by Berth's components and by Compose. */
export async function many(folder: string, counts: readonly number[], compose: Compose): Promise<string[][]> {
  const rows: string[][] = [];
  for (const count of counts) {
    const [first, nothing] = await ours(count);
    const [peerFirst, peerNothing] = await theirs(count, folder, compose);
    rows.push([String(count), ...[first, peerFirst, nothing, peerNothing].map(seconds)]);
    console.log(rows.at(-1)?.join("  "));
  }
  return rows;
}

async function ours(count: number): Promise<[number, number]> {
  process.env.BERTH_BENCH_SERVICES = String(count);
  const stack = await LiveStack.open({
    system: "attn",
    program: join(import.meta.dirname, "manyProgram.ts"),
  });
  try {
    const { seconds } = await stack.up();
    return [seconds, (await stack.up()).seconds];
  } finally {
    await stack.close();
  }
}

async function theirs(count: number, folder: string, compose: Compose): Promise<[number, number]> {
  const file = join(folder, `many-${count}.yml`);
  const names = Array.from({ length: count }, (_, index) => `many-${index + 1}`);
  const healthcheck = {
    test: ["CMD", "true"],
    interval: "3s",
    timeout: "5s",
    retries: 3,
    start_period: "60s",
  };
  const service = {
    image: "redis:7",
    user: "999:999",
    command: ["sleep", "infinity"],
    healthcheck,
    read_only: true,
    tmpfs: ["/tmp"],
    init: true,
    cap_drop: ["ALL"],
    mem_limit: "32m",
    memswap_limit: "32m",
    cpus: 0.1,
  };
  writeFileSync(file, stringify({ services: Object.fromEntries(names.map((name) => [name, service])) }));
  const composed = (...args: string[]) =>
    measure(compose.command, [...compose.args, "-p", "many", "-f", file, ...args]);
  try {
    const start = performance.now();
    await composed("up", "-d");
    const filters = { label: ["com.docker.compose.project=many"] };
    const listed = await docker.listContainers({ all: true, filters });
    await healthy(listed.map(({ Id }) => docker.getContainer(Id)));
    const first = (performance.now() - start) / 1000;
    return [first, (await composed("up", "-d")).seconds];
  } finally {
    await composed("down", "-v", "--timeout", "1");
  }
}
