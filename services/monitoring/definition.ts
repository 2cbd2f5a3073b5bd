import type { ServiceRow } from "../definition.ts";
import type { MonitoringPart } from "./monitored.ts";

/** What monitors a system, by the names of `monitored.ts`. */
const watcher = {
  watches: true,
  user: "65534:65534",
  maxReplicas: 1,
  replicas: 1,
  graceSeconds: 30,
  optional: true,
} as const;

/** An exporter: it gives the metrics of something that can't itself. */
export const exporterRow = { ...watcher, cpus: 0.25, memory: 64, minMemory: 32 } as const;

/** What there is in every system that is monitored; exporters of its stores and proxies come with those. */
export const monitors = {
  prometheus: {
    ...watcher,
    keepsData: true,
    image: "prom/prometheus:v2.53.4",
    port: 9090,
    health: "/-/ready",
    cpus: 1,
    memory: 512,
    minMemory: 128,
  },
  alertmanager: {
    ...exporterRow,
    keepsData: true,
    image: "prom/alertmanager:v0.28.1",
    port: 9093,
    health: "/-/ready",
  },
  // No offline source builds it: see docs/systems/vru.md.
  grafana: {
    ...watcher,
    dispensable: true,
    keepsData: true,
    image: "grafana/grafana:11.6.0",
    rotates: () => ["password"],
    user: "472:472",
    port: 3000,
    health: "/api/health",
    cpus: 0.5,
    memory: 256,
    minMemory: 128,
  },
  cadvisor: {
    ...exporterRow,
    dispensable: true,
    image: "gcr.io/cadvisor/cadvisor:v0.52.1",
    port: 8080,
    health: "/healthz",
    memory: 192,
    minMemory: 96,
  },
  "node-exporter": { ...exporterRow, image: "prom/node-exporter:v1.9.1", port: 9100, health: "/" },
} as const satisfies Partial<Record<MonitoringPart, ServiceRow>>;
