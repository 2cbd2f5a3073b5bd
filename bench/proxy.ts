import { execFile } from "node:child_process";
import { access } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { tableOf } from "./page.ts";
import { contenders, staticServer, type Contender } from "./proxyContenders.ts";
import { ProxyRig } from "./proxyRig.ts";
import { requestsPerSecond } from "./wrk.ts";

const run = promisify(execFile);
/** Of each turn; contenders take turns within a round, so that a noisy machine is noisy for all. */
const seconds = 2;
const answers = ["small", "large"] as const;
type Answer = (typeof answers)[number];

interface Figures {
  contender: Contender;
  /** Requests a second, by round. */
  rates: Record<Answer, number[]>;
}

/** Requests a second through the generated configuration and others. Needs Docker, wrk or root to install it, and Go for Caddy. */
export async function proxyTable(rounds: number): Promise<string> {
  const figures = await measure(rounds);
  const [generated] = figures;
  if (generated === undefined) throw new Error("contenders: must be one or more, got none");
  const rows = figures.map((other) => {
    const { name, target } = other.contender;
    const cells = answers.map((answer) => {
      const lowest = Math.round(Math.min(...other.rates[answer])).toLocaleString("en");
      return other === generated ? [lowest, ""] : [lowest, worstRatio(generated, other, answer).toFixed(2)];
    });
    return [name, ...cells.flat(), target === undefined ? "" : `≥ ${target}`];
  });
  return tableOf(["through", "100 bytes", "ratio", "1 MiB", "ratio", "target, 100 bytes"], rows);
}

async function measure(rounds: number): Promise<Figures[]> {
  const rig = await ProxyRig.start();
  try {
    await rig.add(staticServer, 8000);
    const running: (Figures & { address: string })[] = [];
    for (const contender of contenders) {
      const binary = contender.module === undefined ? undefined : await built(contender.module);
      const address = await rig.add(contender, 80, binary);
      running.push({ contender, address, rates: { small: [], large: [] } });
    }
    for (let round = 1; round <= rounds; round++)
      for (const answer of answers)
        for (const { address, rates } of running)
          rates[answer].push(
            await requestsPerSecond({ url: `${address}/${answer}`, seconds, connections: 64 }),
          );
    return running;
  } finally {
    await rig.close();
  }
}

/** Where a Go program lies, built without cgo so that it runs in any image. */
async function built(module: string): Promise<string> {
  const folder = join(tmpdir(), `bench-${module.replaceAll(/[^a-z0-9.-]+/gi, "-")}`);
  const file = join(folder, basename(module.replace(/@.*/, "")));
  const present = await access(file).then(
    () => true,
    () => false,
  );
  if (!present)
    await run("go", ["install", module], { env: { ...process.env, GOBIN: folder, CGO_ENABLED: "0" } });
  return file;
}

/** The lowest of the rounds' ratios of the first contender to another. */
function worstRatio(first: Figures, other: Figures, answer: Answer): number {
  return Math.min(...first.rates[answer].map((rate, round) => rate / (other.rates[answer][round] ?? NaN)));
}
