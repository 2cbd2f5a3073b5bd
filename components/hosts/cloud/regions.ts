import { nearest } from "../../../lib/nearest.ts";

/** Regions of a vendor, as somebody has written them down. */
export interface Regions {
  vendor: string;
  names: readonly string[];
  /** When they were written down; a later region is known to a later Berth. */
  date: string;
}

/** What is wrong with a region that nobody knows, as a rule; nothing of one that is known. */
export function regionRule(region: string, { vendor, names, date }: Regions): string | undefined {
  if (names.includes(region)) return undefined;
  const meant = nearest(region, names);
  const which = meant === undefined ? `one of ${names.join(", ")}` : `${meant}, or another`;
  return `must be in a region of ${vendor}: ${which} that there was on ${date}`;
}
