import { healthPage } from "../../systems/healthPage.ts";
import type { Verdict } from "../verify/verdicts.ts";
import type { Maintenance } from "./state.ts";

/**
 * Neither well nor a fault: somebody has closed the system, and everything else is looked at as ever. One that is closed
 * at some of its machines alone is a fault.
 */
export function maintenanceVerdicts({ active, since, open }: Maintenance): Verdict[] {
  if (!active) return [];
  const began = since === undefined ? "is on" : `is on since ${since}`;
  const verdict = (outcome: Verdict["outcome"], detail: string): Verdict[] => [
    { level: "proxy", what: "maintenance", outcome, detail: `${began}: the public gets 503${detail}` },
  ];
  if (open === undefined) return verdict("skip", "");
  return verdict("fail", ` but from ${open.join(", ")}, which berth maintenance on closes too`);
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
