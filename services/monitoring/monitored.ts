import type { AlertOptions } from "./alertmanager.yml.ts";
import type { AlertLimits } from "./alerts.yml.ts";
import type { ServiceSettings } from "../application/serviceSettings.ts";

/**
 * The parts of monitoring, by the names under which they are found on the network; each may be left out. Exporters of
 * services come with the definition of their kind.
 */
export const monitoringParts = [
  "prometheus",
  "alertmanager",
  "grafana",
  "node-exporter",
  "cadvisor",
] as const;

export type MonitoringPart = (typeof monitoringParts)[number];

/** What settings say of alerts. */
export type AlertSettings = AlertLimits & AlertOptions;

export type MonitoringServices = Readonly<Partial<Record<MonitoringPart, ServiceSettings>>>;
