import { Agent, request } from "node:http";

export interface LoadOptions {
  /** Where to ask, without a path. */
  url: string;
  perSecond: number;
  /** @default "/" */
  get?: string;
  /** Every fourth request is a POST of a small body to this path; without it all are GETs. */
  post?: string;
  /** What the POST of this number brings. @default JSON with a text */
  body?: (number: number) => Body;
}

export interface Body {
  type: string;
  text: string;
}

export interface LoadReport {
  sent: number;
  /** What went wrong → how often: a status of 400 or more, a reset, a timeout. Nothing is retried. */
  failures: Record<string, number>;
  /** The first answers of each kind of failure: seconds since the load began, the answer's first characters. */
  examples: string[];
  /** Milliseconds of the median, the 99th percentile and the slowest. */
  p50: number;
  p99: number;
  worst: number;
}

/** Two connections in three seconds would be a browser; this many keep each one busy three times a second at 200 rps. */
const keptConnections = 32;
const patienceMs = 30_000;
/** Of each kind of failure, and characters of each. */
const examplesKept = 3;
const exampleLength = 400;

/**
 * Variables of a reference application whose stores may take as long as a client waits. By itself it answers 503 after
 * two seconds; what a load counts is what a release drops, not that the machine stood still for so long.
 */
export const patientApplication = { DEPENDENCY_SECONDS: "20" };

/** Body of a form with one field. */
export function form(field: string): (number: number) => Body {
  return (number) => ({ type: "application/x-www-form-urlencoded", text: `${field}=load+${number}` });
}

/** How many of the first `sent` requests of a load with `post` are POSTs. */
export function postsAmong(sent: number): number {
  return Math.floor(sent / 8) * 2 + Math.max(0, (sent % 8) - 6);
}

/**
 * Strict clients at a steady rate, whatever comes back: by turns on a connection of their own, closed after, and on
 * one of the kept ones, which lie idle in between. (autocannon retries, and counts no reset when it reconnects.)
 */
export class Load {
  private readonly agents = Array.from(
    { length: keptConnections },
    () => new Agent({ keepAlive: true, maxSockets: 1 }),
  );
  private readonly failures = new Map<string, number>();
  private examples: string[] = [];
  private readonly began = performance.now();
  private readonly pending = new Set<Promise<void>>();
  private times: number[] = [];
  private sent = 0;
  private going = true;
  private readonly pacing: Promise<void>;

  private constructor(private readonly options: LoadOptions) {
    this.pacing = this.pace();
  }

  static start(options: LoadOptions): Load {
    return new Load(options);
  }

  get count(): number {
    return this.sent;
  }

  /** Resolves once this many requests have been sent. */
  async reach(count: number): Promise<void> {
    while (this.going && this.sent < count) await pause(50);
  }

  /** What came since the last reading, of answers that are in. */
  read(): LoadReport {
    const report = { ...summarise(this.times, this.failures), examples: this.examples };
    this.times = [];
    this.examples = [];
    this.failures.clear();
    return report;
  }

  /** Sends no more, waits for the answers under way, and reports. */
  async stop(): Promise<LoadReport> {
    this.going = false;
    await this.pacing;
    await Promise.all(this.pending);
    for (const agent of this.agents) agent.destroy();
    return this.read();
  }

  private fail({ what, answer }: Failure): void {
    const count = (this.failures.get(what) ?? 0) + 1;
    this.failures.set(what, count);
    if (count > examplesKept) return;
    const seconds = ((performance.now() - this.began) / 1000).toFixed(1);
    this.examples.push(`${what} after ${seconds} s: ${answer.slice(0, exampleLength)}`);
  }

  private async pace(): Promise<void> {
    const began = performance.now();
    while (this.going) {
      const due = Math.floor(((performance.now() - began) * this.options.perSecond) / 1000);
      // Behind by a second, this machine was busy: a burst would measure that and not the proxy.
      if (due - this.sent > this.options.perSecond) await pause(5);
      for (let left = Math.min(due - this.sent, 20); left > 0; left--) this.send();
      await pause(5);
    }
  }

  private send(): void {
    const number = this.sent++;
    const post = number % 8 >= 6 ? this.options.post : undefined;
    const kept = number % 2 === 0;
    const agent = kept ? this.agents[(number / 2) % keptConnections] : undefined;
    const began = performance.now();
    const path = post ?? this.options.get ?? "/";
    const { url, body = item } = this.options;
    const pending = ask(`${url}${path}`, agent ?? false, post === undefined ? undefined : body(number))
      .then((failure) => {
        this.times.push(performance.now() - began);
        if (failure !== undefined) this.fail(failure);
      })
      .finally(() => this.pending.delete(pending));
    this.pending.add(pending);
  }
}

interface Failure {
  what: string;
  answer: string;
}

function item(number: number): Body {
  return { type: "application/json", text: JSON.stringify({ text: `load ${number}` }) };
}

/** What went wrong with one request; nothing when it was answered in full with a status below 400. */
function ask(url: string, agent: Agent | false, body: Body | undefined): Promise<Failure | undefined> {
  return new Promise((resolve) => {
    const how = { agent, method: body === undefined ? "GET" : "POST", timeout: patienceMs };
    const headers = body === undefined ? {} : { "content-type": body.type };
    const method = how.method;
    const failed = (error: NodeJS.ErrnoException): void => {
      resolve({ what: `${method} ${error.code ?? error.message}`, answer: "" });
    };
    const sending = request(url, { ...how, headers }, (response) => {
      const status = response.statusCode ?? 0;
      let answer = "";
      response.on("error", failed).on("end", () => {
        resolve(status < 400 ? undefined : { what: `${method} ${status}`, answer });
      });
      if (status < 400) response.resume();
      else response.setEncoding("utf8").on("data", (part: string) => (answer += part));
    });
    sending
      .on("timeout", () => sending.destroy(new Error(`no answer in ${patienceMs} ms`)))
      .on("error", failed);
    sending.end(body?.text);
  });
}

function summarise(
  times: readonly number[],
  failures: ReadonlyMap<string, number>,
): Omit<LoadReport, "examples"> {
  const sorted = times.toSorted((a, b) => a - b);
  const percentile = (share: number): number =>
    Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0);
  return {
    sent: sorted.length,
    failures: Object.fromEntries(failures),
    p50: percentile(0.5),
    p99: percentile(0.99),
    worst: percentile(1),
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
