import * as z from "zod";
import type { AlertSettings } from "../services/monitoring/monitored.ts";
import { numberBetween, rule, wholeNumber } from "../lib/rules.ts";
import { strict } from "../lib/strict.ts";

/** A webhook's URL is often its own password, so an error never shows it. */
const webhook = z.custom<string>(
  (value) => typeof value === "string" && /^https?:\/\/[^/\s]+/.test(value) && URL.canParse(value),
  { error: 'must be a URL such as "https://chat.example.org/hooks/…"', params: { secret: true } },
);

/** When alerts fire, and where they go; see `services/monitoring/alerts.yml.ts`. */
export const alertsSchema = strict({
  webhook: webhook.optional(),
  windowSeconds: wholeNumber(30, 3600).optional(),
  errorShare: numberBetween(0.001, 1).optional(),
  latencySeconds: numberBetween(0.01, 60).optional(),
  diskFree: numberBetween(0.01, 0.99).optional(),
  memoryShare: numberBetween(0.1, 1).optional(),
  certificateDays: wholeNumber(1, 365).optional(),
  backupHours: wholeNumber(1, 8760).optional(),
});

export const noAlerts = rule(
  "must be left out unless monitoring is true",
  (value): value is AlertSettings =>
    typeof value === "object" && value !== null && Object.keys(value).length === 0,
);
