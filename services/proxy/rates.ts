import type { RateUse, RateZone } from "./model.ts";

/** A budget of requests per client address; what comes above it gets 429. */
export interface Rate {
  requests: number;
  per: RateZone["per"];
  /** Requests that may come at once before the rate holds. */
  burst: number;
}

/** Named budgets as a proxy declares them. */
export function rateZones(rates: Readonly<Record<string, Rate>>): RateZone[] {
  return Object.entries(rates).map(([name, { requests, per }]) => ({ name, requests, per }));
}

/** How a route draws on one of them. */
export function drawOn<Zone extends string>(rates: Readonly<Record<Zone, Rate>>, zone: Zone): RateUse {
  return { zone, burst: rates[zone].burst };
}
