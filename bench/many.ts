import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { docker, removeLabelled } from "../test/tools/docker.ts";
import type { Compose } from "./compose.ts";
import { manyServices } from "./manyServices.ts";
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

interface Round {
  first: number;
  peerFirst: number;
  nothing: number;
  peerNothing: number;
  full: number;
}

/**
 * Rows of a table: so many services in a system's file of somebody's own, and by Compose, the worst of the rounds. With
 * `rows` come sentences: by how much each misses its target within a round.
 */
export async function many(
  rounds: number,
  folder: string,
  counts: readonly number[],
  compose: Compose,
): Promise<{ rows: string[][]; text: string }> {
  const measured = new Map<number, Round[]>(counts.map((count) => [count, []]));
  for (let number = 1; number <= rounds; number++) {
    for (const [count, all] of measured) {
      const round = { ...(await ours(count, folder)), ...(await theirs(count, folder, compose)) };
      all.push(round);
      console.log(`round ${number} of ${rounds}, ${count} services: ${JSON.stringify(round)}`);
    }
  }
  const rows = [...measured].map(([count, all]) => {
    const { first, peerFirst, nothing, peerNothing, full } = worstOf(all);
    const verdict = count === 25 ? `≤ ${seconds(target)}, ${besideTarget(nothing, target)}` : "";
    return [String(count), ...[first, peerFirst, nothing, peerNothing, full].map(seconds), verdict];
  });
  return { rows, text: [...beyondCompose(measured), ...steepness(measured)].join(" ") };
}

function worstOf(rounds: readonly Round[]): Round {
  const most = (key: keyof Round) => Math.max(...rounds.map((round) => round[key]));
  return {
    first: most("first"),
    peerFirst: most("peerFirst"),
    nothing: most("nothing"),
    peerNothing: most("peerNothing"),
    full: most("full"),
  };
}

/** Of the first `up` of 25 services, beyond Compose's of the same round, in seconds. */
const allowance = 4;

function beyondCompose(measured: ReadonlyMap<number, readonly Round[]>): string[] {
  const rounds = measured.get(25) ?? [];
  if (rounds.length === 0) return [];
  const most = Math.max(...rounds.map(({ first, peerFirst }) => first - peerFirst));
  const verdict = besideTarget(most, allowance);
  return [
    `First \`up\` of 25 is at most ${seconds(most)} beyond Compose's in a round, where ${seconds(allowance)} are allowed: ${verdict}.`,
  ];
}

/** What each more service takes, from the fewest to the most, beside what it takes Compose. */
function steepness(measured: ReadonlyMap<number, readonly Round[]>): string[] {
  const counts = [...measured.keys()].sort((a, b) => a - b);
  const [fewest, most] = [counts[0], counts.at(-1)];
  if (fewest === undefined || most === undefined || fewest === most) return [];
  const [small = [], large = []] = [measured.get(fewest), measured.get(most)];
  const more = (key: "first" | "peerFirst") =>
    large.map((round, index) => round[key] - (small[index]?.[key] ?? 0));
  const [own, peer] = [more("first"), more("peerFirst")];
  const ratio = Math.max(...own.map((value, index) => value / (peer[index] ?? value)));
  return [
    `From ${fewest} to ${most} Berth took ${seconds(Math.max(...own))} more and Compose ${seconds(Math.max(...peer))}, in the worst round ${ratio.toFixed(2)} times as much, where 1 is the target.`,
  ];
}

async function ours(count: number, folder: string): Promise<Record<"first" | "nothing" | "full", number>> {
  const file = join(folder, `many-${count}.ts`);
  writeFileSync(file, manyServices(count));
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

async function containers(label: string) {
  const listed = await docker.listContainers({ all: true, filters: { label: [label] } });
  return listed.map(({ Id }) => docker.getContainer(Id));
}

async function theirs(
  count: number,
  folder: string,
  compose: Compose,
): Promise<Record<"peerFirst" | "peerNothing", number>> {
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
    const peerFirst = (performance.now() - start) / 1000;
    return { peerFirst, peerNothing: (await composed("up", "-d")).seconds };
  } finally {
    await composed("down", "-v", "--timeout", "1");
  }
}
