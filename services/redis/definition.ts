import type { ServiceOptions, ServiceDefinition } from "../definition.ts";
import { exporterRow } from "../monitoring/definition.ts";
import type { OwnRedisOptions } from "./build.ts";
import { redisForm } from "./form.ts";

export interface RedisOptions extends ServiceOptions, OwnRedisOptions {
  /** Settings may name one that somebody else runs. @default true */
  external?: boolean;
}

/** Redis with a generated password and its data on a volume: cache, broker, or both. */
export function redis({ external, ...options }: RedisOptions): ServiceDefinition {
  const { maxMemory, eviction } = options;
  return {
    kind: "redis",
    ...redisDefaults,
    ...options,
    external: external === false ? undefined : redisForm,
    hands: { plain: ["host", "port", "user", "database"], secret: ["password", "url"] },
    rotates: () => ["password"],
    exporter: { name: "redis-exporter", row: redisExporter },
    build: async (args) => (await import("./build.ts")).buildRedis({ maxMemory, eviction }, args),
    buildExternal: async (args) => (await import("./build.ts")).externalRedis(args),
  };
}

const redisDefaults = {
  image: "redis:7",
  user: "999:999",
  tunnelPort: 6379,
  minMemory: 32,
  maxReplicas: 1,
  replicas: 1,
  graceSeconds: 30,
  phase: "store",
  keepsData: true,
} as const;

const redisExporter = {
  ...exporterRow,
  image: "oliver006/redis_exporter:v1.67.0-alpine",
  port: 9121,
  health: "/health",
};
