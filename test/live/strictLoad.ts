import { Agent, request } from "node:http";

export interface Load {
  url: string;
  perSecond: number;
  seconds: number;
  /** @default false */
  onlyGet?: boolean;
}

export interface Answers {
  sent: number;
  /** What went wrong, with how often: a status other than 200, or an error's code. */
  failures: Map<string, number>;
  /** Seconds of the slowest and of the 99th percentile. */
  worst: number;
  p99: number;
}

/**
 * Asks at a steady rate whatever comes back, and retries nothing. By turns on kept connections and on new ones, and
 * every fourth is a POST. (autocannon counts no answer when `reconnectRate` is 1, so it can't tell.)
 */
export async function strictLoad({ url, perSecond, seconds, onlyGet }: Load): Promise<Answers> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const failures = new Map<string, number>();
  const times: number[] = [];
  const pending: Promise<void>[] = [];
  const began = performance.now();
  const total = perSecond * seconds;
  for (let i = 0; i < total; i++) {
    const due = began + (i * 1000) / perSecond;
    if (due > performance.now()) await new Promise((resolve) => setTimeout(resolve, due - performance.now()));
    const sent = performance.now();
    const answered = ask(
      url,
      i % 2 === 0 ? agent : false,
      i % 8 < 2 && onlyGet !== true ? "POST" : "GET",
    ).then((outcome) => {
      times.push((performance.now() - sent) / 1000);
      if (outcome !== "200") failures.set(outcome, (failures.get(outcome) ?? 0) + 1);
    });
    pending.push(answered);
  }
  await Promise.all(pending);
  agent.destroy();
  times.sort((a, b) => a - b);
  return {
    sent: total,
    failures,
    worst: times.at(-1) ?? 0,
    p99: times[Math.floor(times.length * 0.99)] ?? 0,
  };
}

function ask(url: string, agent: Agent | false, method: string): Promise<string> {
  return new Promise((resolve) => {
    const sending = request(url, { agent, method, timeout: 30_000 }, (response) => {
      response.resume();
      response.on("end", () => {
        resolve(String(response.statusCode));
      });
      response.on("error", (error: NodeJS.ErrnoException) => {
        resolve(error.code ?? error.message);
      });
    });
    sending.on("timeout", () => sending.destroy(new Error("no answer in 30 s")));
    sending.on("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? error.message);
    });
    sending.end(method === "POST" ? "x=1" : undefined);
  });
}
