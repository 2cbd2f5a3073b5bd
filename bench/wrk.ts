import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { fromDistribution } from "../test/tools/apt.ts";

const run = promisify(execFile);

export interface WrkLoad {
  url: string;
  /** Of the turn. */
  seconds: number;
  /** Kept open, each with one request at a time. */
  connections: number;
  /** Seconds that one answer may take. @default wrk's own, 2 */
  patience?: number;
}

/** Requests a second by one thread of wrk. Throws when an answer isn't 200. */
export async function requestsPerSecond({ url, seconds, connections, patience }: WrkLoad): Promise<number> {
  const program = await fromDistribution("wrk", ["wrk"]);
  if ("reason" in program) throw new Error(program.reason);
  const waits = patience === undefined ? [] : ["--timeout", `${patience}s`];
  const { stdout } = await run(program.path, ["-t1", `-c${connections}`, `-d${seconds}`, ...waits, url]);
  return rateOf(url, stdout);
}

/** What wrk says it reached. Throws when it says that an answer wasn't 200, or none came. */
export function rateOf(url: string, text: string): number {
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1]);
  if (!(rate > 0) || /Non-2xx|Socket errors/.test(text))
    throw new Error(`${url}: must answer each request with 200, got\n${text}`);
  return rate;
}
