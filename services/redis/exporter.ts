import { filesFolder } from "../../components/containers/fileVolume.ts";
import type { ServiceSettings } from "../application/serviceSettings.ts";
import { Exporter, type ExporterMaker } from "../monitoring/exporter.ts";
import type { Redis } from "./redis.ts";

/** Redis's metrics, and how long each of these lists is. */
export function redisExporter(
  service: ServiceSettings,
  redis: Redis,
  lists: readonly string[] = [],
): ExporterMaker {
  return (place, parent) => {
    const { address, password, ready } = redis.monitor();
    const passwords = password.apply((value) => JSON.stringify({ [address]: value }));
    const command = [
      `--redis.addr=${address}`,
      `--redis.password-file=${filesFolder}/passwords.json`,
      ...(lists.length === 0 ? [] : [`--check-single-keys=${lists.map((list) => `db0=${list}`).join(",")}`]),
    ];
    return new Exporter(
      service.name,
      { ...place, service, command, files: { "passwords.json": passwords }, after: ready },
      { parent },
    );
  };
}
