import type * as pulumi from "@pulumi/pulumi";
import { Exporter, type ExporterPlace } from "../monitoring/exporter.ts";
import type { Nginx } from "./nginx.ts";
import { statusPort } from "./ports.ts";

/** The proxy's counters. The vendor's image holds the exporter and nothing that could ask it over HTTP. */
export function nginxExporter(place: ExporterPlace, nginx: Nginx, parent: pulumi.Resource): Exporter {
  const command = [`--nginx.scrape-uri=http://${nginx.name}:${statusPort}/stub_status`];
  const health = { test: ["CMD", "/usr/bin/nginx-prometheus-exporter", "--version"] };
  return new Exporter(place.service.name, { ...place, command, health, after: nginx.released }, { parent });
}
