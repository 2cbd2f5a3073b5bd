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

/** `europe-west4-a` → `europe-west4`. */
export function regionOf(zone: string): string {
  return zone.slice(0, zone.lastIndexOf("-"));
}
