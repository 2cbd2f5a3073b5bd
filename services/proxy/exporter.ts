import type { ServiceSettings } from "../application/serviceSettings.ts";
import { Exporter, type ExporterMaker } from "../monitoring/exporter.ts";
import type { Nginx } from "./nginx.ts";
import { statusPort } from "./ports.ts";

/** The proxy's counters. The vendor's image holds the exporter and nothing that could ask it over HTTP. */
export function nginxExporter(service: ServiceSettings, nginx: Nginx): ExporterMaker {
  const command = [`--nginx.scrape-uri=http://${nginx.name}:${statusPort}/stub_status`];
  const health = { test: ["CMD", "/usr/bin/nginx-prometheus-exporter", "--version"] };
  return (place, parent) =>
    new Exporter(service.name, { ...place, service, command, health, after: nginx.released }, { parent });
}
