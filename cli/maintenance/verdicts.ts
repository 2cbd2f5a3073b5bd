import type { Verdict } from "../verify/verdicts.ts";
import type { Maintenance } from "./state.ts";

/** Neither well nor a fault: somebody has closed the system, and everything else is looked at as ever. */
export function maintenanceVerdicts({ active, since }: Maintenance): Verdict[] {
  if (!active) return [];
  const detail = since === undefined ? "is on" : `is on since ${since}`;
  return [{ level: "proxy", what: "maintenance", outcome: "skip", detail: `${detail}: the public gets 503` }];
}

/** A page that answers 503 while maintenance is on does what it is to do; any other answer is what it is. */
export function whileClosed({ active }: Maintenance, verdict: Verdict): Verdict {
  const closed = active && verdict.outcome === "fail" && /^answered 503\b/.test(verdict.detail);
  return closed ? { ...verdict, outcome: "skip", detail: "answered 503: maintenance is on" } : verdict;
}
