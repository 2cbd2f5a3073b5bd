import type { BuildArgs, ExternalArgs, Part } from "../definition.ts";
import { redisExporter } from "./exporter.ts";
import { ExternalRedis } from "./external.ts";
import type { RedisOptions } from "./redis.conf.ts";
import { Redis } from "./redis.ts";

/** What a system says of its cache or broker. */
export interface OwnRedisOptions {
  /** Most memory for data in MiB. @default three quarters of the container's limit */
  maxMemory?: number;
  /** @default "noeviction": queued work must not vanish */
  eviction?: RedisOptions["eviction"];
}

export function buildRedis(
  options: OwnRedisOptions,
  { name, service, place, opts, dataRoot, exporter, lists }: BuildArgs,
): Part {
  const { scope, network } = place;
  const redis = new Redis(name, { ...options, scope, network, service, dataRoot }, opts);
  const exporters = exporter ? [redisExporter(exporter, redis, lists)] : [];
  return { link: redis, resource: redis, watched: { stores: [redis], exporters }, retire: redis.retire };
}

/** The one that settings name instead. */
export function externalRedis({ external }: ExternalArgs): Part {
  return { link: new ExternalRedis(external) };
}
