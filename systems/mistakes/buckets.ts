import type { SystemDefinition } from "../define.ts";
import { buckets, bucketsOf } from "../facts.ts";

/** Volumes whose files can't go to a bucket, and services that would be handed two. */
export function badBuckets(system: SystemDefinition): string[] {
  const { services, volumes = {} } = system;
  return [
    ...buckets(system).flatMap((name) => {
      const { keeps, of: owner } = volumes[name] ?? {};
      return [
        ...(keeps === "data"
          ? []
          : [`system.volumes.${name}.bucket: must be of a volume that keeps data, got "${keeps}"`]),
        ...(services[owner ?? ""]?.answers === true
          ? []
          : [`system.volumes.${name}.bucket: must be of a service that answers HTTP, got "${owner}"`]),
      ];
    }),
    ...Object.keys(services).flatMap((name) => {
      const stores = (services[name]?.uses ?? []).filter((other) => services[other]?.kind === "objectStore");
      const all = [...stores, ...bucketsOf(system, name)];
      return services[name]?.phase !== "application" || bucketsOf(system, name).length === 0 || all.length < 2
        ? []
        : [
            `system.services.${name}: must have one bucket at most, for each gives S3_ENDPOINT, got ${all.map((one) => `"${one}"`).join(" and ")}`,
          ];
    }),
  ];
}
