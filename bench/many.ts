import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { docker, removeLabelled } from "../test/tools/docker.ts";
import type { Compose } from "./compose.ts";
import { measure } from "./measure.ts";
import { besideTarget, seconds } from "./page.ts";
import { healthy } from "./peer.ts";

const root = join(import.meta.dirname, "..");
const stack = "bench-many";
const settings = ["--stack", stack, "-c", "host.kind=local", "-c", "host.port=18482"];
/** Of the time of a run with nothing to do, for 25 services. */
const target = 0.8;

export const head = [
  "services",
  "first `up`",
  "Compose",
  "nothing to do",
  "Compose",
  "`--full`",
  "target, nothing to do",
];

/** Rows of a table: so many services in a system's file of somebody's own, and by Compose. */
export async function many(folder: string, counts: readonly number[], compose: Compose): Promise<string[][]> {
  const rows: string[][] = [];
  for (const count of counts) {
    const { first, nothing, full } = await ours(count, folder);
    const [peerFirst, peerNothing] = await theirs(count, folder, compose);
    const verdict = count === 25 ? `≤ ${seconds(target)}, ${besideTarget(nothing, target)}` : "";
    rows.push([String(count), ...[first, peerFirst, nothing, peerNothing, full].map(seconds), verdict]);
    console.log(rows.at(-1)?.join("  "));
  }
  return rows;
}

async function ours(count: number, folder: string): Promise<Record<"first" | "nothing" | "full", number>> {
  const file = join(folder, `many-${count}.ts`);
  writeFileSync(file, systemOf(count));
  const berth = async (...args: string[]): Promise<number> => {
    const command = [join(root, "cli/berth.mjs"), ...args, ...settings];
    return (await measure("node", command, { XDG_DATA_HOME: folder })).seconds;
  };
  try {
    const first = await berth("up", file);
    await healthy(await containers(`berth.stack=${stack}`));
    const nothing = await berth("up", file);
    return { first, nothing, full: await berth("up", file, "--full") };
  } finally {
    await berth("destroy", "--data", "--yes", "-c", `system=${file}`).catch(() => undefined);
    await removeLabelled(`berth.stack=${stack}`);
  }
}

/** Containers that do nothing and are healthy. */
function systemOf(count: number): string {
  return `import { defineSystem, worker } from "berth/system";
const idle = worker({
  image: "redis:7",
  user: "999:999",
  cpus: 0.1,
  memory: 32,
  minMemory: 16,
  graceSeconds: 1,
  command: ["sleep", "infinity"],
  healthCheck: { test: ["CMD", "true"] },
});
const names = Array.from({ length: ${count} }, (_, index) => \`idle\${index + 1}\`);
export default defineSystem({
  name: "many",
  network: "many-network",
  services: Object.fromEntries(names.map((name) => [name, idle])),
  pages: {},
});
`;
}

async function containers(label: string) {
  const listed = await docker.listContainers({ all: true, filters: { label: [label] } });
  return listed.map(({ Id }) => docker.getContainer(Id));
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
    await healthy(await containers("com.docker.compose.project=many"));
    const first = (performance.now() - start) / 1000;
    return [first, (await composed("up", "-d")).seconds];
  } finally {
    await composed("down", "-v", "--timeout", "1");
  }
}
