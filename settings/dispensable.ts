import type { ServiceSettings } from "../services/application/serviceSettings.ts";
import type { ServiceRows } from "../systems/facts.ts";

export interface Kept {
  services: Record<string, ServiceSettings>;
  /** What was left out, a line each. */
  warnings: string[];
}

/** Leaves out what the system can do without and whose image `has` says isn't there; the rest runs. */
export function withoutMissing(
  services: Record<string, ServiceSettings>,
  table: ServiceRows,
  has: (image: string) => boolean,
): Kept {
  const missing = Object.values(services).filter(
    ({ name, image }) => table[name]?.dispensable === true && !has(image),
  );
  const left = new Set(missing.map(({ name }) => name));
  return {
    services: Object.fromEntries(Object.entries(services).filter(([name]) => !left.has(name))),
    warnings: missing.map(
      ({ name, image }) =>
        `optional.${name}: left out, for its image "${image}" couldn't be had; the rest runs`,
    ),
  };
}
