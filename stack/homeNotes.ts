import type { Settings } from "../settings.ts";
import { tiesOf } from "../settings/everywhere.ts";

/** On a swarm of several machines what runs on the stack's own alone, because it has the volumes: a line, or none. */
export function homeNotes(
  settings: Pick<Settings, "definition" | "services" | "external" | "swarm" | "hosts">,
): string[] {
  const { definition: system, services, external } = settings;
  if (settings.swarm === false || Object.keys(settings.hosts).length === 0) return [];
  const found = Object.entries(system.services).flatMap(([name, service]) => {
    const runs = service.kind === "web" || service.kind === "worker" || service.public !== undefined;
    const ties = tiesOf(system, { services, external }, service);
    return runs && services[name] !== undefined && ties.length > 0 ? [{ name, ties }] : [];
  });
  if (found.length === 0) return [];
  const volumes = [...new Set(found.flatMap(({ ties }) => ties))];
  const buckets = volumes.filter((volume) => system.volumes?.[volume]?.bucket === true);
  const way =
    buckets.length === volumes.length
      ? `; ${buckets.map((volume) => `external.${volume}`).join(" and ")} in a bucket lets them run on each machine`
      : "";
  return [
    `swarm: ${found.map(({ name }) => name).join(", ")} run on host alone, which has their files (${volumes.join(", ")})${way}`,
  ];
}
