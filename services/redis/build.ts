import type { BuildArgs, ExternalArgs, Part } from "../definition.ts";
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
  { name, service, place, opts, dataRoot }: BuildArgs,
): Part {
  const { scope, network } = place;
  const redis = new Redis(name, { ...options, scope, network, service, dataRoot }, opts);
  return { link: redis, resource: redis, watched: { redis }, retire: redis.retire };
}

/** The one that settings name instead. */
export function externalRedis({ external }: ExternalArgs): Part {
  return { link: new ExternalRedis(external) };
}
