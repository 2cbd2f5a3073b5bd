import type { LiveStack } from "./stack.ts";
import { Load, type LoadReport } from "./load.ts";
import { release } from "./release.ts";

export interface Rollout {
  /** Whose image is replaced. */
  service: string;
  /** Path of the GETs, and of the POSTs that write a row. */
  get: string;
  post: string;
  releases: number;
  requests: number;
  perSecond: number;
}

export interface RolloutReport {
  /** With nothing going on. */
  steady: LoadReport;
  /** From the first release to the last request. */
  rolling: LoadReport;
  /** How long each release took. */
  seconds: number[];
}

/**
 * Releases one after the other under a strict load: a tenth of the requests before the first, the rest spread over
 * the releases and the time after each.
 */
export async function rollOut(stack: LiveStack, what: Rollout): Promise<RolloutReport> {
  const { service, releases, requests, perSecond } = what;
  const images = [];
  for (let number = 1; number <= releases; number++) {
    images.push(await release("berth/reference-app:1", `r${number}`));
  }
  const load = Load.start({ url: stack.url, perSecond, get: what.get, post: what.post });
  const seconds = [];
  try {
    await load.reach(requests / 10);
    const steady = load.read();
    for (const [index, image] of images.entries()) {
      await load.reach(requests / 10 + (index * requests * 0.9) / releases);
      await stack.set({ images: { [service]: image } });
      seconds.push((await stack.up()).seconds);
    }
    await load.reach(requests);
    return { steady, rolling: await load.stop(), seconds };
  } finally {
    await load.stop();
  }
}
