import type * as pulumi from "@pulumi/pulumi";
import { filesFolder } from "../../components/containers/fileVolume.ts";
import { Exporter, type ExporterPlace } from "../monitoring/exporter.ts";
import type { Redis } from "./redis.ts";

/** Redis's metrics, and how long each of these lists is. */
export function redisExporter(
  place: ExporterPlace,
  redis: Redis,
  lists: readonly string[],
  parent: pulumi.Resource,
): Exporter {
  const { address, password, ready } = redis.monitor();
  const passwords = password.apply((value) => JSON.stringify({ [address]: value }));
  const command = [
    `--redis.addr=${address}`,
    `--redis.password-file=${filesFolder}/passwords.json`,
    ...(lists.length === 0 ? [] : [`--check-single-keys=${lists.map((list) => `db0=${list}`).join(",")}`]),
  ];
  return new Exporter(
    place.service.name,
    { ...place, command, files: { "passwords.json": passwords }, after: ready },
    { parent },
  );
}
