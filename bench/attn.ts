import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { docker, removeLabelled } from "../test/tools/docker.ts";
import type { Compose } from "./compose.ts";
import { measure, worst, type Measured } from "./measure.ts";
import { besideTarget, seconds, tableOf } from "./page.ts";
import { healthy, writePeer } from "./peer.ts";

const root = join(import.meta.dirname, "..");
/** Labels and state of its own: nobody's stack is touched. */
const stack = "bench-attn";
const project = "berth-bench-peer";
const port = 18480;

interface Round {
  first: Measured;
  nothing: Measured;
  nothingFull: Measured;
  preview: Measured;
  previewFull: Measured;
  change: Measured;
  peerFirst: Measured;
  peerNothing: Measured;
  peerChange: Measured;
}

/** ATTN by Berth, then the same containers by Compose, so many times. `folder` holds state and data meanwhile. */
export async function attn(rounds: number, folder: string, compose: Compose): Promise<string> {
  const measured: Round[] = [];
  try {
    for (let number = 1; number <= rounds; number++) {
      measured.push(await round(number, folder, compose));
      console.log(`round ${number} of ${rounds}\n${table(measured)}`);
    }
  } finally {
    await removeLabelled(`berth.stack=${stack}`);
    await removeLabelled(`com.docker.compose.project=${project}`);
  }
  return table(measured);
}

async function round(number: number, folder: string, compose: Compose): Promise<Round> {
  const data = { XDG_DATA_HOME: folder };
  const settings = ["--stack", stack, "-c", "host.kind=local", "-c", `host.port=${port}`];
  const berth = (...args: string[]) =>
    measure("node", [join(root, "cli/berth.mjs"), ...args, ...settings], data);
  const composed = (...args: string[]) =>
    measure(compose.command, [...compose.args, "-p", project, ...args], { COMPOSE_PARALLEL_LIMIT: "64" });
  const own = {
    first: await berth("up", "attn"),
    nothing: await berth("up", "attn"),
    nothingFull: await berth("up", "attn", "--full"),
    preview: await berth("preview", "attn"),
    previewFull: await berth("preview", "attn", "--full"),
  };
  const file = await writePeer(stack, join(folder, `peer-${number}`));
  const change = await berth("up", "attn", "-c", `environment.api-gateway.ROUND="${number}"`);
  await berth("destroy", "--data", "--yes");
  const peerFirst = await untilHealthy(() => composed("-f", file, "up", "-d"));
  const peerNothing = await composed("-f", file, "up", "-d");
  const gateway = (await peers()).find(({ name }) => name.includes("api-gateway-1"))?.name ?? "";
  const service = gateway.replace("peer-", "");
  const changed = join(file, "..", "changed.yml");
  writeFileSync(changed, JSON.stringify({ services: { [service]: { environment: ["ROUND=1"] } } }));
  const peerChange = await untilHealthy(() =>
    composed("-f", file, "-f", changed, "up", "-d", "--no-deps", service),
  );
  await composed("-f", file, "down", "-v", "--timeout", "5");
  return { ...own, change, peerFirst, peerNothing, peerChange };
}

async function untilHealthy(bringUp: () => Promise<Measured>): Promise<Measured> {
  const start = performance.now();
  const { peakMemory } = await bringUp();
  await healthy((await peers()).map(({ id }) => docker.getContainer(id)));
  return { seconds: (performance.now() - start) / 1000, peakMemory };
}

async function peers() {
  const filters = { label: [`com.docker.compose.project=${project}`] };
  const found = await docker.listContainers({ all: true, filters });
  return found.map(({ Id, Names }) => ({ id: Id, name: Names[0]?.slice(1) ?? "" }));
}

/** A row: a figure of ours, the peer's beside it, and the target where there is one. */
const rows: { what: string; own: keyof Round; peer?: keyof Round; target?: number | "peer + 4 s" }[] = [
  { what: "first `up`, images present", own: "first", peer: "peerFirst", target: "peer + 4 s" },
  { what: "`up` with nothing to do", own: "nothing", peer: "peerNothing", target: 0.6 },
  { what: "the same, `--full`", own: "nothingFull", peer: "peerNothing", target: 2.0 },
  { what: "`preview` with nothing to do", own: "preview", target: 0.6 },
  { what: "the same, `--full`", own: "previewFull", target: 1.8 },
  { what: "one service changed", own: "change", peer: "peerChange" },
];

function table(measured: readonly Round[]): string {
  const text = rows.map(({ what, own, peer, target }) => {
    const all = measured.map((one) => one[own]);
    const beside = peer && measured.map((one) => one[peer]);
    const worstCase = measured.map((one) => ({
      ours: one[own].seconds,
      limit: target === "peer + 4 s" ? (peer ? one[peer].seconds : 0) + 4 : (target ?? Infinity),
    }));
    const most = worstCase.sort((a, b) => b.ours - b.limit - (a.ours - a.limit))[0];
    return [
      what,
      seconds(worst(all).seconds),
      beside ? seconds(worst(beside).seconds) : "none",
      target === undefined ? "" : typeof target === "number" ? `≤ ${seconds(target)}` : "≤ Compose + 4 s",
      target === undefined || most === undefined ? "" : besideTarget(most.ours, most.limit),
      `${worst(all).peakMemory} MiB`,
      beside ? `${worst(beside).peakMemory} MiB` : "none",
    ];
  });
  return tableOf(["", "Berth", "Compose", "target", "worst round", "Berth, memory", "Compose, memory"], text);
}
