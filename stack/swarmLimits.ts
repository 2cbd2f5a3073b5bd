import { hasOneWriter, type ServiceSettings } from "../services/application/serviceSettings.ts";
import { fitLimits, type Fitted } from "../settings/limits.ts";
import type { Placed } from "./entries.ts";
import { tiesOf } from "../settings/everywhere.ts";
import { rowsOf } from "../systems/facts.ts";
import type { Sizes } from "./sizes.ts";

/**
 * Each service's limits, fitted to a swarm: to its first machine, which runs what keeps data too, and to each other one,
 * with its own proxy, what is placed there, and its share of what runs anywhere when one machine is gone. Throws `SettingsError` where one is
 * too small for that.
 */
export function fitSwarm(settings: Placed, { capacity, beside = {} }: Sizes): Fitted {
  const { definition, services, placement } = settings;
  const table = rowsOf(definition);
  const others = Object.entries(beside);
  const where = (name: string) => placeIn(settings, services[name]);
  const shared = (service: ServiceSettings): ServiceSettings =>
    placement[service.name] === undefined && where(service.name) === "anywhere"
      ? { ...service, replicas: Math.ceil(service.replicas / Math.max(others.length, 1)) }
      : service;
  const fit = (sofar: Fitted, { size, name }: { size: Sizes["capacity"]; name?: string }): Fitted => {
    const here = Object.entries(sofar.services).filter(([service]) =>
      placement[service] === undefined
        ? name === undefined || where(service) !== "first"
        : placement[service] === name,
    );
    const shares = Object.fromEntries(here.map(([key, service]) => [key, shared(service)]));
    const { services: fitted, warnings } = fitLimits(shares, table, size, name);
    return {
      services: Object.fromEntries(
        Object.entries(sofar.services).map(([key, service]) => [
          key,
          { ...service, limits: fitted[key]?.limits ?? service.limits },
        ]),
      ),
      warnings: [...sofar.warnings, ...warnings],
    };
  };
  const machines = [{ size: capacity }, ...others.map(([name, one]) => ({ size: one.capacity, name }))];
  return machines.reduce(fit, { services, warnings: [] });
}

/**
 * Where in a swarm a service runs, as far as its system and settings say; what an image says beside that may leave one on
 * the first machine that could be anywhere.
 */
function placeIn(
  { definition, services, external = {} }: Placed,
  service: ServiceSettings | undefined,
): "first" | "anywhere" | "each" {
  if (service === undefined) return "first";
  const row = definition.services[service.name];
  if (row === undefined || tiesOf(definition, { services, external }, row).length > 0) return "first";
  if (row.public !== undefined) return "each";
  const runs = row.kind === "web" || row.kind === "worker";
  const bound = hasOneWriter(service) || service.source !== undefined || service.devices !== undefined;
  return runs && !bound && service.shm === undefined ? "anywhere" : "first";
}
