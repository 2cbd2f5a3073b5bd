import type * as z from "zod";
import { nearest } from "../../../lib/nearest.ts";

/** Regions of a vendor, as somebody has written them down. */
export interface Regions {
  vendor: string;
  names: readonly string[];
  /** When they were written down; a later region is known to a later Berth. */
  date: string;
}

/** A setting that is, or begins with, the name of a region; what has another form gets its own rule alone. */
export function inRegion(form: z.ZodType<string>, regions: Regions, regionOf = (value: string) => value) {
  return form.superRefine((value, context) => {
    const message = form.safeParse(value).success ? regionRule(regionOf(value), regions) : undefined;
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });
}

/** What is wrong with a region that nobody knows, as a rule; nothing of one that is known. */
function regionRule(region: string, { vendor, names, date }: Regions): string | undefined {
  if (names.includes(region)) return undefined;
  const meant = nearest(region, names);
  const which = meant === undefined ? `one of ${names.join(", ")}` : `${meant}, or another`;
  return `must be in a region of ${vendor}: ${which} that there was on ${date}`;
}
