import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command, Option } from "commander";
import { docker } from "../test/tools/docker.ts";
import { defaultSystem, systemNames } from "../systems/index.ts";
import { attn } from "./attn.ts";
import { ensureCompose, type Compose } from "./compose.ts";
import { head as manyHead, many } from "./many.ts";
import { other } from "./others.ts";
import { measuredBy, seconds, tableOf, writeSection } from "./page.ts";
import { proxyTable } from "./proxy.ts";

/**
 * Berth against Docker Compose v2 with the same containers, one after the other in one run, so that a noisy machine is
 * noisy for both. `npm run bench` measures every part and writes its section of docs/bench.md; `npm run bench --
 * --only attn --rounds 1` one part, once.
 */
const parts = {
  attn: async ({ rounds, folder, compose, source }: Given) => {
    const table = await attn(rounds, folder, compose);
    const text = `${source}\n\nThe worst of ${rounds} rounds; "worst round" compares within each round. Compose replaces a changed container by stopping it first; Berth starts two new ones, switches the proxy, drains and stops the old ones.\n\n${table}`;
    writeSection("ATTN", text);
  },
  systems: async ({ folder, source }: Given) => {
    const rows: string[][] = [];
    for (const system of systemNames.filter((name) => name !== defaultSystem)) {
      rows.push([system, ...(await other(system, folder)).map(seconds)]);
      console.log(rows.at(-1)?.join("  "));
    }
    const head = ["", "first `up`", "nothing to do", "`preview`"];
    writeSection("The other systems", `${source} Berth alone, once each.\n\n${tableOf(head, rows)}`);
  },
  proxy: async ({ rounds, source }: Given) => {
    const what = `Requests a second, the lowest of ${rounds} rounds; beside them what the generated configuration reaches of it, the lowest ratio of a round. Each proxy in a container with one CPU, of the image that Berth runs where nothing else is said; the same static upstream, \`wrk -t1 -c64\`, by turns.`;
    writeSection("Through the proxy", `${source} ${what}\n\n${await proxyTable(rounds)}`);
  },
  many: async ({ rounds, folder, compose, counts, source }: Given) => {
    const { rows, text } = await many(rounds, folder, counts, compose);
    const what = `The worst of ${rounds} rounds. The same trivial container many times, each with a health check, no proxy; of Berth as a system's file of somebody's own.`;
    writeSection("More services", `${source} ${what}\n\n${tableOf(manyHead, rows)}\n\n${text}`);
  },
} as const;

interface Given {
  rounds: number;
  counts: number[];
  folder: string;
  compose: Compose;
  /** Command, peers and date. */
  source: string;
}

type Part = keyof typeof parts;
const names = Object.keys(parts) as Part[];

const { rounds, only, counts } = new Command()
  .addOption(new Option("--only <part>", "one part").choices(names))
  .option("--rounds <number>", "of which the worst is told", Number, 5)
  .option("--counts <list>", "numbers of trivial services", (text) => text.split(",").map(Number), [25, 100])
  .parse()
  .opts<{ rounds: number; only?: Part; counts: number[] }>();

const folder = mkdtempSync(join(tmpdir(), "berth-bench-"));
try {
  const compose = await ensureCompose({
    step: (title) => {
      const say = (text = "done") => {
        console.log(`${title}: ${text}`);
      };
      return { note: say, done: say, skip: say, fail: say };
    },
  });
  const { Version } = await docker.version();
  const command = ["npm run bench --", ...process.argv.slice(2)].join(" ");
  const source = measuredBy(command, `Docker Compose ${compose.version}, Docker Engine ${Version}`);
  for (const part of only ? [only] : names) await parts[part]({ rounds, counts, folder, compose, source });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
