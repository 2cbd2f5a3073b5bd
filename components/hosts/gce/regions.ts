import type { Regions } from "../cloud/regions.ts";
import { gcePrices } from "./prices.ts";

/** Every region that has a price is one where machines can be had. */
export const gceRegions: Regions = {
  vendor: "Google Cloud",
  names: gcePrices.table
    .trim()
    .split("\n")
    .slice(1)
    .flatMap((line) => line.split(" ").slice(0, 1)),
  date: gcePrices.date,
};

/** Ends of zones' names in regions where they aren't a, b and c (https://cloud.google.com/compute/docs/regions-zones). */
const otherZones: Readonly<Record<string, readonly string[]>> = {
  "europe-west1": ["b", "c", "d"],
  "us-central1": ["a", "b", "c", "f"],
  "us-east1": ["b", "c", "d"],
};

/** All zones of a region, as somebody has written them down: known before Google is asked, because ssh is told a machine's. */
export function zonesOf(region: string): string[] {
  return (otherZones[region] ?? ["a", "b", "c"]).map((end) => `${region}-${end}`);
}

/** `europe-west4-a` → `europe-west4`. */
export function regionOf(zone: string): string {
  return zone.slice(0, zone.lastIndexOf("-"));
}
