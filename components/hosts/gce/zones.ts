import { gceRegions, regionOf } from "./regions.ts";

/** How a zone is written. */
export const zoneForm = /^[a-z]+-[a-z]+\d{1,2}-[a-z]$/;

/** When zones were written down. */
const date = "2026-09-20";

const usual = ["a", "b", "c"];

/** Regions whose zones have other letters (https://cloud.google.com/compute/docs/regions-zones). */
const others: Readonly<Record<string, string[]>> = {
  "europe-west1": ["b", "c", "d"],
  "us-central1": ["a", "b", "c", "f"],
  "us-east1": ["b", "c", "d"],
};

/** How many letters later zones go on: one that is further off, or before the first, is a slip of the finger. */
const reach = 3;

/** Zones of a region; of one that came after the list as most have them. */
function zonesOf(region: string): string[] {
  return (others[region] ?? usual).map((letter) => `${region}-${letter}`);
}

/** What is wrong with the letter of a zone, as a rule; nothing of one that is known, or may have come since. */
export function zoneRule(zone: string): string | undefined {
  const zones = zonesOf(regionOf(zone));
  if (!zoneForm.test(zone) || zones.includes(zone) || mayBeLater(zone, zones)) return undefined;
  return `must be a zone of ${gceRegions.vendor}: one of ${zones.join(", ")} that there was on ${date}`;
}

/** What is said of a zone that came after the list in a region that is known. */
export function laterZone(setting: string, zone: string): string[] {
  const region = regionOf(zone);
  const zones = zonesOf(region);
  if (zones.includes(zone) || !gceRegions.names.includes(region)) return [];
  const { vendor } = gceRegions;
  return [
    `${setting}: isn't a zone of ${vendor} that there was on ${date}, got "${zone}"; ${vendor} says whether there is one by now, if it isn't one of ${zones.join(", ")} that is meant`,
  ];
}

function mayBeLater(zone: string, zones: readonly string[]): boolean {
  const letter = zone.charCodeAt(zone.length - 1);
  const there = zones.map((one) => one.charCodeAt(one.length - 1));
  return letter > Math.min(...there) && letter <= Math.max(...there) + reach;
}
