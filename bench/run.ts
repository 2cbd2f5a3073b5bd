import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { docker, removeLabelled } from "../test/tools/docker.ts";
import { measure, worst, type Measured } from "./measure.ts";
import { many } from "./many.ts";
import { other } from "./others.ts";
import { healthy, writePeer } from "./peer.ts";
import { throughput, type Throughput } from "./throughput.ts";

/**
 * Berth against Docker Compose with the same containers, one after the other in one run, so that a noisy machine
 * is noisy for both. `npm run bench` writes docs/bench.md; `npm run bench -- 1` takes one round instead of five,
 * and `npm run bench -- 1 5,25` fewer services.
 */
const rounds = Number(process.argv[2] ?? 5);
const counts = (process.argv[3] ?? "5,25,100").split(",").map(Number);
const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "berth-bench-"));
const data = { XDG_DATA_HOME: folder };
const port = 18480;

function berth(...args: string[]): Promise<Measured> {
  const [verb = "", ...rest] = args;
  const settings = ["-c", `host.port=${port}`];
  return measure("node", [join(root, "cli/berth.mjs"), verb, "--stack", "dev", ...settings, ...rest], data);
}

function compose(file: string, ...args: string[]): Promise<Measured> {
  return measure("docker-compose", ["-p", "peer", "-f", file, ...args], { COMPOSE_HTTP_TIMEOUT: "300" });
}

type Row = Record<"first" | "nothing" | "preview" | "change", Measured[]>;
const own: Row = { first: [], nothing: [], preview: [], change: [] };
const peer: Omit<Row, "preview"> = { first: [], nothing: [], change: [] };

try {
  for (let round = 1; round <= rounds; round++) {
    own.first.push(await berth("up"));
    own.nothing.push(await berth("up"));
    own.preview.push(await berth("preview"));
    const file = await writePeer("dev", join(folder, `peer-${round}`));
    own.change.push(await berth("up", "-c", `environment.api-gateway.ROUND="${round}"`));
    await measure(
      "node",
      [join(root, "cli/berth.mjs"), "destroy", "--stack", "dev", "--data", "--yes"],
      data,
    );
    peer.first.push(await upAndHealthy(file));
    peer.nothing.push(await compose(file, "up", "-d"));
    const gateway = (await peerContainers()).find(({ name }) => name.includes("api-gateway-1"));
    peer.change.push(await change(file, gateway?.name.replace("peer-", "") ?? ""));
    await compose(file, "down", "-v", "--timeout", "5");
    console.log(`round ${round} of ${rounds}\n${table()}`);
  }
  const others: string[] = [];
  for (const system of ["loc8", "arv", "docsai", "vru"]) {
    const seconds = (await other(system, folder)).map((each) => `${each.toFixed(1)} s`);
    others.push(`| ${system} | ${seconds.join(" | ")} |`);
    console.log(others.at(-1));
  }
  const through = await throughput(rounds);
  const scale = await many(folder, counts);
  writeFileSync(join(root, "docs/bench.md"), page(scale, others, through));
} finally {
  await removeLabelled("berth.stack=dev");
  await removeLabelled("com.docker.compose.project=peer");
  rmSync(folder, { recursive: true, force: true });
}

async function upAndHealthy(file: string): Promise<Measured> {
  const start = performance.now();
  const { peakMemory } = await compose(file, "up", "-d");
  await healthy((await peerContainers()).map(({ id }) => docker.getContainer(id)));
  return { seconds: (performance.now() - start) / 1000, peakMemory };
}

/** One service with another environment, recreated; Compose stops it first. */
async function change(file: string, name: string): Promise<Measured> {
  const changed = join(file, "..", "changed.yml");
  writeFileSync(
    changed,
    JSON.stringify({ version: "2.4", services: { [name]: { environment: ["ROUND=1"] } } }),
  );
  const start = performance.now();
  const { peakMemory } = await measure("docker-compose", [
    "-p",
    "peer",
    "-f",
    file,
    "-f",
    changed,
    "up",
    "-d",
    "--no-deps",
    name,
  ]);
  await healthy((await peerContainers()).map(({ id }) => docker.getContainer(id)));
  return { seconds: (performance.now() - start) / 1000, peakMemory };
}

async function peerContainers() {
  const found = await docker.listContainers({
    all: true,
    filters: { label: ["com.docker.compose.project=peer"] },
  });
  return found.map(({ Id, Names }) => ({ id: Id, name: Names[0]?.slice(1) ?? "" }));
}

function table(): string {
  return [
    "| | Berth | Compose | Berth, memory | Compose, memory |",
    "| --- | --- | --- | --- | --- |",
    row("first `up`, images present", own.first, peer.first),
    row("`up` with nothing to do", own.nothing, peer.nothing),
    row("`preview`", own.preview, undefined),
    row("one service changed", own.change, peer.change),
  ].join("\n");
}

function page(scale: string[], others: string[], through: Throughput[]): string {
  return [
    "# Figures",
    `ATTN, worst of ${rounds === 1 ? "one round" : `${rounds} rounds`}, each against Docker Compose 1.29 (Debian) with the same containers in the same round: \`npm run bench -- ${process.argv.slice(2).join(" ")}\`. Seconds depend on the machine and what else it does; read the ratios. Compose replaces a changed container by stopping it first; Berth starts two new ones, switches the proxy, drains and stops the old ones.`,
    table(),
    "## The other systems",
    "Berth alone, once each.",
    ["| | first `up` | nothing to do | `preview` |", "| --- | --- | --- | --- |", ...others].join("\n"),
    "## Through the proxy",
    throughText(through),
    "## More services",
    "The same trivial container many times, each with a health check, no proxy.",
    [
      "| services | Berth first `up` | Compose | Berth nothing to do | Compose |",
      "| --- | --- | --- | --- | --- |",
      ...scale,
    ].join("\n"),
    "",
  ]
    .join("\n\n")
    .trimEnd()
    .concat("\n");
}

function throughText(through: Throughput[]): string {
  const [least] = [...through].sort((a, b) => a.proxied / a.straight - b.proxied / b.straight);
  if (least === undefined) return "";
  const { proxied, straight } = least;
  return `One container of ATTN's main application, 64 connections, the worst ratio of ${through.length}: ${proxied.toFixed(0)} requests a second through the proxy, ${straight.toFixed(0)} straight, ${(proxied / straight).toFixed(2)} of it.`;
}

function row(what: string, ours: Measured[], theirs: Measured[] | undefined): string {
  const [a, b] = [worst(ours), theirs && worst(theirs)];
  const seconds = (run: Measured | undefined) => (run ? `${run.seconds.toFixed(1)} s` : "none");
  const memory = (run: Measured | undefined) => (run ? `${run.peakMemory} MiB` : "none");
  return `| ${what} | ${seconds(a)} | ${seconds(b)} | ${memory(a)} | ${memory(b)} |`;
}
