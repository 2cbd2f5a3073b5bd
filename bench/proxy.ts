import { execFile } from "node:child_process";
import { access, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { contenders, staticServer, type Contender } from "./proxyContenders.ts";
import { ProxyRig } from "./proxyRig.ts";

/**
 * Requests a second through the generated configuration and others, by turns: `npm run bench:proxy` writes
 * docs/bench-proxy.md. Needs Docker with the image nginx:1.30, wrk, and Go for Caddy.
 */
const run = promisify(execFile);
const rounds = 3;
/** Of each turn: a round of four contenders takes eight. */
const seconds = 2;
const answers = { small: "100 bytes", large: "1 MiB" } as const;
type Answer = keyof typeof answers;

export interface ProxyFigures {
  name: string;
  /** Requests a second, by round. */
  rates: Record<Answer, number[]>;
}

export async function proxyFigures(compared: readonly Contender[] = contenders): Promise<ProxyFigures[]> {
  const binaries = new Map<Contender, string | undefined>();
  for (const each of compared) binaries.set(each, each.module ? await built(each.module) : undefined);
  const rig = await ProxyRig.start();
  try {
    await rig.add(staticServer, 8000);
    const running: (ProxyFigures & { address: string })[] = [];
    for (const each of compared) {
      const address = await rig.add(each, 80, binaries.get(each));
      running.push({ name: each.name, address, rates: { small: [], large: [] } });
    }
    for (let round = 1; round <= rounds; round++)
      for (const answer of ["small", "large"] as const)
        for (const { address, rates } of running) rates[answer].push(await load(`${address}/${answer}`));
    return running.map(({ name, rates }) => ({ name, rates }));
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

async function load(url: string): Promise<number> {
  const { stdout } = await run("wrk", ["-t1", "-c64", `-d${seconds}`, url]);
  const rate = /Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1];
  if (rate === undefined || /Non-2xx|Socket errors/.test(stdout))
    throw new Error(`${url}: must answer each request with 200, got\n${stdout}`);
  return Number(rate);
}

/** The lowest of the rounds' ratios of the first contender to another. */
export function worstRatio(first: ProxyFigures, other: ProxyFigures, answer: Answer): number {
  return Math.min(...first.rates[answer].map((rate, round) => rate / (other.rates[answer][round] ?? NaN)));
}

/** docs/bench-proxy.md. */
export function proxyPage(figures: readonly ProxyFigures[]): string {
  const [generated] = figures;
  if (generated === undefined) throw new Error("figures: must hold a contender, got none");
  const cell = (of: ProxyFigures, answer: Answer) => {
    const lowest = Math.round(Math.min(...of.rates[answer])).toLocaleString("en");
    return of === generated ? lowest : `${lowest} (${worstRatio(generated, of, answer).toFixed(2)})`;
  };
  const rows = figures.map((of) => `| ${of.name} | ${cell(of, "small")} | ${cell(of, "large")} |`);
  const versions = contenders.flatMap(({ module }) => (module ? [`\`${module}\``] : []));
  return `# The proxy beside others

Requests a second, the lowest of ${rounds} rounds. In brackets: what the generated configuration reaches of it, the worst ratio of the rounds. \`npm run bench:proxy\`: each proxy in a container with one CPU, the same static upstream, 64 connections, \`wrk -t1 -c64 -d${seconds}\`, by turns. nginx is the image that Berth runs, 1.30; Caddy is ${versions.join(" and ")}.

| through | ${answers.small} | ${answers.large} |
| --- | --- | --- |
${rows.join("\n")}
`;
}

if (import.meta.filename === process.argv[1]) {
  const page = proxyPage(await proxyFigures());
  console.log(page);
  await writeFile(join(import.meta.dirname, "../docs/bench-proxy.md"), page);
}
