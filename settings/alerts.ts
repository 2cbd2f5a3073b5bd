import type { AlertSettings } from "../services/monitoring/monitored.ts";
import { numberBetween, rule, wholeNumber } from "../lib/rules.ts";
import { holding } from "../lib/secret.ts";
import { strict } from "../lib/strict.ts";
import { receiverShape } from "./receivers.ts";

/** When alerts fire, and where they go; see `services/monitoring/alerts.yml.ts`. */
export const alertsSchema = strict({
  ...receiverShape,
  windowSeconds: wholeNumber(30, 3600)
    .optional()
    .describe("Seconds over which errors and latency are looked at, 300 unless set"),
  errorShare: numberBetween(0.001, 1).optional().describe("Share of requests that may fail, 0.05 unless set"),
  latencySeconds: numberBetween(0.01, 60)
    .optional()
    .describe("Seconds that 95 % of requests stay below, 1 unless set"),
  diskFree: numberBetween(0.01, 0.99)
    .optional()
    .describe("Share of a disk that has to be free, 0.1 unless set"),
  memoryShare: numberBetween(0.1, 1)
    .optional()
    .describe("Share of its limit that a container may take, 0.9 unless set"),
  certificateDays: wholeNumber(1, 365)
    .optional()
    .describe("Days before a certificate ends that its alert fires, 14 unless set"),
  backupHours: wholeNumber(1, 8760)
    .optional()
    .describe(
      "Hours without a backup after which its alert fires; unless set two more than `backup.schedule` ever leaves between two, 26 for one of each day",
    ),
  drillDays: wholeNumber(1, 365)
    .optional()
    .describe(
      "Days without a drill after which its alert fires; unless set a week and what `backup.schedule` leaves between two, 8 for one of each day",
    ),
});

export const noAlerts = holding(
  rule(
    "must be left out unless monitoring is true",
    (value): value is AlertSettings =>
      typeof value === "object" && value !== null && Object.keys(value).length === 0,
  ),
  [alertsSchema],
);
