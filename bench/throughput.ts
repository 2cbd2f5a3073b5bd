import autocannon from "autocannon";
import { docker } from "../test/tools/docker.ts";
import { LiveStack } from "../test/tools/stack.ts";

/** Requests a second, by 64 connections. */
export interface Throughput {
  proxied: number;
  straight: number;
}

const seconds = 8;

/** One application container, asked through the proxy and straight, by turns; ATTN without its limit for clients. */
export async function throughput(rounds: number): Promise<Throughput[]> {
  const config = {
    replicas: { attn_backend_api: 1 },
    rates: { client: { requests: 100_000, burst: 100_000 } },
  };
  const stack = await LiveStack.open({ system: "attn", config });
  try {
    await stack.up();
    const straight = `http://${await addressOf(stack.name, "attn_backend_api")}:8000/health`;
    const results: Throughput[] = [];
    for (let round = 1; round <= rounds; round++) {
      results.push({ straight: await rate(straight), proxied: await rate(`${stack.url}/health`) });
    }
    return results;
  } finally {
    await stack.close();
  }
}

/** Where this machine reaches a container without any proxy. */
async function addressOf(stack: string, service: string): Promise<string> {
  const label = [`berth.stack=${stack}`, `berth.service=${service}`, "berth.role=service"];
  const [found] = await docker.listContainers({ filters: { label } });
  const network = Object.values(found?.NetworkSettings.Networks ?? {})[0];
  if (network === undefined) throw new Error(`${service}: must have one container, got none`);
  return network.IPAddress;
}

async function rate(url: string): Promise<number> {
  const { requests, non2xx, errors } = await autocannon({ url, connections: 64, duration: seconds });
  if (non2xx + errors > 0) throw new Error(`${url}: must answer 200, got ${non2xx} others, ${errors} errors`);
  return requests.average;
}
