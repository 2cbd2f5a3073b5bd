import type { CpuInfo } from "node:os";
import { tableOf } from "./page.ts";

/** What is asked, by how much of a system answers it: path → words for a reader. */
export const answers = {
  "/": "a small static page, by a second nginx",
  "/api/health": "the application, which asks nobody",
  "/api/ready": "the application, which asks PostgreSQL and Redis",
} as const;
export type Answer = keyof typeof answers;

/** Through which proxies: of a machine without a swarm, of one in it, of all three at once. */
export const sides = ["alone", "one", "three"] as const;
export type Side = (typeof sides)[number];

/** Of one side and one answer in one round. */
export interface Turn {
  side: Side;
  answer: Answer;
  /** Requests a second, of all proxies together. */
  rate: number;
  /** Share of the CPUs of the whole machine that nobody used meanwhile, 0 to 1. */
  idle: number;
}

/** A row an answer: the lowest rate of each side, and what three proxies reach of the others', the lowest of a round. */
export function swarmTable(turns: readonly Turn[]): string {
  const rows = (Object.keys(answers) as Answer[]).map((answer) => {
    const rates = (side: Side) =>
      turns.filter((turn) => turn.answer === answer && turn.side === side).map(({ rate }) => rate);
    const [alone, one, three] = sides.map(rates);
    const lowest = [alone, one, three].map((all = []) => Math.round(Math.min(...all)).toLocaleString("en"));
    return [answers[answer], ...lowest, worstRatio(three, alone), worstRatio(three, one)];
  });
  const head = ["answered by", "one machine by itself", "swarm, one proxy", "swarm, three proxies"];
  return tableOf([...head, "three to one machine", "three to one proxy"], rows);
}

/** By how much the machine below all the others was busy, in a sentence: where it is nearly all, it is the limit. */
export function idleSentence(turns: readonly Turn[]): string {
  const least = sides.map((side) => {
    const shares = turns.filter((turn) => turn.side === side).map(({ idle }) => idle);
    return `${Math.round(Math.min(...shares) * 100)} % (${side})`;
  });
  return `Of the CPUs below them all at least ${least.join(", ")} were idle: where that is near 0, this machine was the limit and not the three.`;
}

/** What nobody used between two readings of the CPUs' times, 0 to 1. */
export function idleShare(before: readonly CpuInfo[], after: readonly CpuInfo[]): number {
  const sum = (cpus: readonly CpuInfo[], times: (cpu: CpuInfo) => number[]) =>
    cpus.flatMap(times).reduce((total, time) => total + time, 0);
  const passed = (times: (cpu: CpuInfo) => number[]) => sum(after, times) - sum(before, times);
  return passed((cpu) => [cpu.times.idle]) / passed((cpu) => Object.values(cpu.times));
}

function worstRatio(rates: readonly number[] = [], others: readonly number[] = []): string {
  return Math.min(...rates.map((rate, round) => rate / (others[round] ?? NaN))).toFixed(2);
}
