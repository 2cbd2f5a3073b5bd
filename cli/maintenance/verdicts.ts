import { healthPage } from "../../systems/healthPage.ts";
import type { Verdict } from "../verify/verdicts.ts";
import type { Maintenance } from "./state.ts";

/** Neither well nor a fault: somebody has closed the system, and everything else is looked at as ever. */
export function maintenanceVerdicts({ active, since }: Maintenance): Verdict[] {
  if (!active) return [];
  const detail = since === undefined ? "is on" : `is on since ${since}`;
  return [{ level: "proxy", what: "maintenance", outcome: "skip", detail: `${detail}: the public gets 503` }];
}

/**
 * A page that answers 503 while maintenance is on does what it is to do; any other answer is what it is, and so is that
 * of pages that go on.
 */
export function whileClosed({ active }: Maintenance, verdict: Verdict, goesOn = false): Verdict {
  const closed = active && !goesOn && verdict.outcome === "fail" && /^answered 503\b/.test(verdict.detail);
  return closed ? { ...verdict, outcome: "skip", detail: "answered 503: maintenance is on" } : verdict;
}

/** Whether a page of the outputs is one that maintenance leaves open. */
export function goesOn(page: string, urls: readonly (readonly [page: string, url: string])[]): boolean {
  const pages = Object.fromEntries(urls.map(([name, url]) => [name, new URL(url).pathname]));
  return page === "monitoring" || (page === "health" && healthPage({ pages }).length > 0);
}
