import type { MonitoringPart } from "../services/monitoring/monitored.ts";
import type { Rate } from "../services/proxy/rates.ts";

/**
 * What each system is made of, as plain data: the rows of its document's service table. Settings are checked
 * against it, limits are fitted to the host with it, and each system is built from it.
 */
export const systemNames = ["attn", "loc8", "arv", "docsai", "vru"] as const;
export type SystemName = (typeof systemNames)[number];

/** As their owners write them. */
const titles: Record<string, string> = { docsai: "DocsAI" };

/** A system's name for people. */
export function titleOf(system: string): string {
  return titles[system] ?? system.toUpperCase();
}

/** One service of a system. Memory is in MiB, CPUs in cores, times in seconds. */
export interface ServiceRow {
  /** The image when settings name none: a tag the toolchain can pull, or build offline. */
  image: string;
  /** The image while the service's source is mounted. @default `image` */
  developmentImage?: string;
  /** Memory while the service's source is mounted: what builds needs more than what serves. @default `memory` */
  developmentMemory?: number;
  /** Where a mounted source goes. @default /app */
  sourceFolder?: string;
  /** `uid:gid` of every process. */
  user: string;
  cpus: number;
  memory: number;
  /** Below this the service doesn't start or doesn't hold its load, as measured with the default image. */
  minMemory: number;
  /** How many containers settings may ask for; a service that holds state has exactly one. */
  maxReplicas: number;
  replicas: number;
  /** How long a stop may take before it is forced. */
  graceSeconds: number;
  /** May be left out by `optional`. */
  optional?: boolean;
  /** Port to which `berth tunnel` leads a person when none is named. @default its `port` */
  tunnelPort?: number;
  /** May be one that somebody else runs, by `external`. */
  external?: ExternalKind;
  /** TCP port inside, for services that speak HTTP. */
  port?: number;
  /** Path that answers 200 while the service is alive. */
  health?: string;
  /** Path of its numbers for Prometheus. @default none */
  metrics?: string;
  /** The list in Redis from which it takes its work, and the service that holds it. */
  queue?: { in: string; list: string };
  /** It is there where the system is watched. @default false */
  watches?: boolean;
  /**
   * Services it calls, by name. With them it may be placed on another machine: it keeps no data there and shares no
   * volume. @default it stays on the stack's own
   */
  calls?: readonly string[];
  /** Left out, with a warning, where its image can't be had; the rest runs. @default false */
  dispensable?: boolean;
}

const web = {
  user: "10001:10001",
  image: "berth/reference-app:1",
  maxReplicas: 32,
  graceSeconds: 35,
  health: "/health",
  metrics: "/metrics",
  sourceFolder: "/srv/app",
};
const postgres = {
  tunnelPort: 5432,
  image: "postgres:15",
  user: "999:999",
  minMemory: 128,
  maxReplicas: 1,
  replicas: 1,
  graceSeconds: 120,
};
const redis = {
  tunnelPort: 6379,
  image: "redis:7",
  user: "999:999",
  minMemory: 32,
  maxReplicas: 1,
  replicas: 1,
  graceSeconds: 30,
};
const nginx = {
  image: "nginx:1.30",
  user: "101:101",
  minMemory: 32,
  maxReplicas: 1,
  replicas: 1,
  graceSeconds: 35,
};

const celery = {
  ...web,
  user: "1000:1000",
  minMemory: 160,
  // Above the longest task, which is 50 s.
  graceSeconds: 60,
};
/** Frozen: no newer image is published (https://github.com/minio/minio/issues/21647). Any S3 server will do. */
const objectStore = {
  image: "quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z",
  user: "1000:1000",
  port: 9000,
  // Its console.
  tunnelPort: 9001,
  health: "/minio/health/live",
  metrics: "/minio/v2/metrics/cluster",
  minMemory: 256,
  maxReplicas: 1,
  replicas: 1,
  graceSeconds: 30,
};

/** What watches a system, by the names of `services/monitoring`: VRU always has it, any other by `monitoring`. */
const watcher = {
  watches: true,
  user: "65534:65534",
  maxReplicas: 1,
  replicas: 1,
  graceSeconds: 30,
  optional: true,
} as const;
const exporter = { ...watcher, cpus: 0.25, memory: 64, minMemory: 32 } as const;
const nginxExporter = {
  ...exporter,
  image: "nginx/nginx-prometheus-exporter:1.4.1",
  port: 9113,
} as const;
const watchers = {
  prometheus: {
    ...watcher,
    image: "prom/prometheus:v2.53.4",
    port: 9090,
    health: "/-/ready",
    cpus: 1,
    memory: 512,
    minMemory: 128,
  },
  alertmanager: { ...exporter, image: "prom/alertmanager:v0.28.1", port: 9093, health: "/-/ready" },
  // No offline source builds it: see docs/systems/vru.md.
  grafana: {
    ...watcher,
    dispensable: true,
    image: "grafana/grafana:11.6.0",
    user: "472:472",
    port: 3000,
    health: "/api/health",
    cpus: 0.5,
    memory: 256,
    minMemory: 128,
  },
  cadvisor: {
    ...exporter,
    dispensable: true,
    image: "gcr.io/cadvisor/cadvisor:v0.52.1",
    port: 8080,
    health: "/healthz",
    memory: 192,
    minMemory: 96,
  },
  "node-exporter": { ...exporter, image: "prom/node-exporter:v1.9.1", port: 9100, health: "/" },
  "nginx-exporter": nginxExporter,
} as const;
const postgresWatcher = {
  "postgres-exporter": {
    ...exporter,
    image: "prometheuscommunity/postgres-exporter:v0.17.1",
    port: 9187,
    health: "/",
  },
} as const;
const redisWatcher = {
  "redis-exporter": {
    ...exporter,
    image: "oliver006/redis_exporter:v1.67.0-alpine",
    port: 9121,
    health: "/health",
  },
} as const;
const monitoring = {
  ...watchers,
  ...postgresWatcher,
  ...redisWatcher,
} as const satisfies Record<MonitoringPart, ServiceRow>;

/** What answers, on a machine beside the stack's own, for a service that is placed there. */
export const doorRow = { ...nginx, cpus: 0.5, memory: 64 } satisfies ServiceRow;

/** Carries files into volumes on every host, see Scope.filesImage. */
export const filesImage = nginx.image;

/** What somebody else may run instead of a service, by the form of its URL. */
export type ExternalKind = "postgresql" | "s3";

export type ServiceTable = Readonly<Record<string, ServiceRow>>;

export const catalog = {
  attn: {
    "main-app-nginx": { ...nginx, cpus: 1, memory: 128 },
    attn_backend_api: {
      ...web,
      port: 8000,
      cpus: 1,
      memory: 512,
      minMemory: 128,
      replicas: 2,
      calls: ["attn_postgres", "attn_redis", "api-gateway"],
    },
    attn_redis: { ...redis, cpus: 0.5, memory: 128 },
    attn_postgres: { ...postgres, cpus: 1, memory: 512 },
    "microservice-nginx": { ...nginx, cpus: 0.5, memory: 64 },
    "api-gateway": {
      ...web,
      port: 8001,
      cpus: 1,
      memory: 512,
      minMemory: 128,
      replicas: 2,
      calls: ["attn_redis"],
    },
    "face-recognition": {
      ...web,
      cpus: 2,
      memory: 1024,
      minMemory: 64,
      replicas: 1,
      graceSeconds: 60,
      calls: ["attn_redis"],
      queue: { in: "attn_redis", list: "queue:faces" },
    },
    ...monitoring,
    "microservice-nginx-exporter": nginxExporter,
  },
  loc8: {
    nginx: { ...nginx, cpus: 1, memory: 128 },
    frontend: {
      ...nginx,
      image: "berth/front-end:1",
      developmentImage: "berth/front-end-dev:1",
      developmentMemory: 512,
      sourceFolder: "/app/src",
      port: 3000,
      health: "/health",
      metrics: "/metrics",
      cpus: 1,
      memory: 128,
      replicas: 1,
      maxReplicas: 32,
      calls: [],
    },
    backend: {
      ...web,
      user: "1000:1000",
      port: 8000,
      health: "/docs",
      cpus: 1,
      memory: 512,
      minMemory: 192,
      replicas: 2,
      calls: ["postgres", "redis"],
    },
    postgres: { ...postgres, cpus: 1, memory: 512, optional: true },
    redis: { ...redis, cpus: 0.5, memory: 128, optional: true },
    ...monitoring,
  },
  arv: {
    nginx: { ...nginx, cpus: 1, memory: 128 },
    app: {
      ...web,
      user: "1000:1000",
      port: 8000,
      health: "/api/health/status",
      cpus: 1,
      memory: 512,
      minMemory: 256,
      replicas: 2,
    },
    "celery-markers": {
      ...celery,
      cpus: 1,
      memory: 384,
      replicas: 1,
      queue: { in: "redis", list: "markers" },
    },
    "celery-notifications": {
      ...celery,
      cpus: 0.5,
      memory: 256,
      replicas: 1,
      queue: { in: "redis", list: "notifications" },
    },
    "celery-default": {
      ...celery,
      cpus: 0.5,
      memory: 256,
      replicas: 1,
      queue: { in: "redis", list: "default" },
    },
    "celery-beat": { ...celery, cpus: 0.25, memory: 192, replicas: 1, maxReplicas: 1, graceSeconds: 30 },
    postgres: { ...postgres, cpus: 1, memory: 512, external: "postgresql" },
    redis: { ...redis, cpus: 0.5, memory: 384, minMemory: 320 },
    minio: { ...objectStore, cpus: 1, memory: 512, external: "s3" },
    ...monitoring,
  },
  docsai: {
    nginx: { ...nginx, cpus: 1, memory: 128 },
    app: {
      ...web,
      user: "1000:1000",
      sourceFolder: "/srv/documents",
      port: 8000,
      cpus: 1,
      memory: 512,
      minMemory: 192,
      replicas: 2,
    },
    postgres: { ...postgres, cpus: 1, memory: 512, external: "postgresql" },
    ...watchers,
    ...postgresWatcher,
  },
  vru: {
    nginx: { ...nginx, cpus: 1, memory: 128 },
    "api-gateway": {
      ...web,
      port: 8000,
      cpus: 3,
      memory: 3072,
      minMemory: 192,
      replicas: 1,
      calls: ["postgres", "redis", "ml-engine", "camera-service", "validation-engine"],
    },
    "ml-engine": {
      ...web,
      port: 8001,
      cpus: 4,
      memory: 4096,
      minMemory: 192,
      replicas: 1,
      graceSeconds: 60,
      calls: ["redis"],
    },
    "camera-service": {
      ...web,
      port: 8002,
      cpus: 1,
      memory: 512,
      minMemory: 160,
      replicas: 1,
      calls: ["redis"],
    },
    "validation-engine": {
      ...web,
      port: 8003,
      cpus: 1,
      memory: 1024,
      minMemory: 160,
      replicas: 1,
      calls: ["postgres", "redis", "ml-engine", "camera-service"],
    },
    frontend: {
      ...nginx,
      image: "berth/front-end:1",
      developmentImage: "berth/front-end-dev:1",
      developmentMemory: 512,
      sourceFolder: "/app/src",
      port: 3000,
      health: "/health",
      metrics: "/metrics",
      cpus: 1,
      memory: 1024,
      replicas: 1,
      maxReplicas: 32,
      calls: [],
    },
    postgres: { ...postgres, cpus: 2, memory: 2048 },
    redis: { ...redis, cpus: 0.5, memory: 256 },
    ...monitoring,
  },
} as const satisfies Record<SystemName, ServiceTable>;

/** Requests that one client address may make, by the name under which settings change them. */
export const rates = {
  attn: { client: { requests: 500, per: "second", burst: 1000 } },
  loc8: {
    api: { requests: 400, per: "second", burst: 800 },
    client: { requests: 500, per: "second", burst: 1000 },
  },
  arv: {
    api: { requests: 100, per: "minute", burst: 50 },
    upload: { requests: 20, per: "minute", burst: 20 },
    client: { requests: 50, per: "second", burst: 100 },
  },
  docsai: {
    api: { requests: 10, per: "second", burst: 20 },
    rest: { requests: 30, per: "second", burst: 60 },
  },
  vru: {
    api: { requests: 200, per: "second", burst: 400 },
    client: { requests: 500, per: "second", burst: 1000 },
  },
} as const satisfies Record<SystemName, Record<string, Rate>>;

/** Systems whose document has them watched. */
export const watchedSystems: readonly SystemName[] = ["vru"];

/** Systems that can have an administrator made, by `superuser`. */
export const superuserSystems: readonly SystemName[] = ["docsai"];
