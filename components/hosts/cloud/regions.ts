import type * as z from "zod";
import { nearest } from "../../../lib/nearest.ts";

/** Regions of a vendor, as somebody has written them down. */
export interface Regions {
  vendor: string;
  names: readonly string[];
  /** When they were written down. */
  date: string;
  /**
   * Places that a later region may be in beside those of the list. Only of a vendor that a preview asks for something in
   * the region, because a mistyped place may look like a new one. @default none
   */
  laterPlace?: RegExp;
}

/**
 * A setting that is, or begins with, the name of a region; what has another form gets its own rule alone. One that came
 * after the list is taken, see {@link laterRegion}.
 */
export function inRegion(form: z.ZodType<string>, regions: Regions, regionOf = (value: string) => value) {
  return form.superRefine((value, context) => {
    const message = form.safeParse(value).success ? regionRule(regionOf(value), regions) : undefined;
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });
}

/** What is wrong with a region that nobody knows, as a rule; nothing of one that is known, or may have come since. */
function regionRule(region: string, regions: Regions): string | undefined {
  const { vendor, names, date } = regions;
  if (names.includes(region) || mayBeLater(region, regions)) return undefined;
  const meant = nearest(region, names);
  const which = meant === undefined ? `one of ${names.join(", ")}` : `${meant}, or another`;
  return `must be in a region of ${vendor}: ${which} that there was on ${date}`;
}

/** What is said of a setting whose region came after the list; nothing of one that is known. */
export function laterRegion(setting: string, region: string, { vendor, names, date }: Regions): string[] {
  if (names.includes(region)) return [];
  const meant = nearest(region, names);
  const other = meant === undefined ? "" : `, if it isn't ${meant} that is meant`;
  return [
    `${setting}: isn't in a region of ${vendor} that there was on ${date}, got "${region}"; ${vendor} says whether there is one by now${other}`,
  ];
}

/** How far numbers of later regions go on: a number that is further off is a slip of the finger. */
const reach = 3;

/**
 * Whether a region may have come after the list: it is named by a place and a direction as others are, and by one of the
 * next numbers. `eu-central-3` may, `eu-cental-1` and `europe-west44` may not.
 */
function mayBeLater(region: string, { names, laterPlace }: Regions): boolean {
  const found = partsOf(region);
  const known = names.flatMap((name) => partsOf(name) ?? []);
  if (found === undefined || !known.some(({ direction }) => direction === found.direction)) return false;
  const { place, direction, number } = found;
  if (!known.some((one) => one.place === place) && laterPlace?.test(place) !== true) return false;
  const there = known.filter((one) => one.place === place && one.direction === direction);
  return number >= 1 && number <= Math.max(0, ...there.map((one) => one.number)) + reach;
}

/** `us-gov-east-1` → `us-gov`, `east` and 1; `europe-west4` → `europe`, `west` and 4. */
function partsOf(region: string): { place: string; direction: string; number: number } | undefined {
  const [, place, direction, number] = /^(.+)-([a-z]+)-?(\d+)$/.exec(region) ?? [];
  return place === undefined || direction === undefined
    ? undefined
    : { place, direction, number: Number(number) };
}
