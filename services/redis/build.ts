import type { BuildArgs, Part } from "../definition.ts";
import type { RedisSaid } from "./definition.ts";
import { Redis } from "./redis.ts";

export function buildRedis(said: RedisSaid, { name, service, place, opts, dataRoot }: BuildArgs): Part {
  const { scope, network } = place;
  const redis = new Redis(name, { ...said, scope, network, service, dataRoot }, opts);
  return { link: redis, resource: redis, watched: { redis } };
}
