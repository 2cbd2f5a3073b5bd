import type { Capacity } from "../components/containers/host.ts";
import type { ServiceSettings } from "../services/application/serviceSettings.ts";
import type { ServiceRows } from "../systems/facts.ts";
import { SettingsError } from "../lib/problems.ts";

export interface Fitted {
  services: Record<string, ServiceSettings>;
  /** What was scaled down, a line each. */
  warnings: string[];
}

/** Share of the machine's memory that containers may ask for; the rest is the engine's and the system's. */
const share = 0.9;

/**
 * Scales limits down to what the machine has, never below what a service needs. Docker refuses a container
 * with more CPUs than the machine; memory is shared by all containers together.
 * Throws {@link SettingsError} when even the least doesn't fit, with the name of a `machine` beside the stack's own.
 */
export function fitLimits(
  services: Record<string, ServiceSettings>,
  table: ServiceRows,
  host: Capacity,
  machine?: string,
): Fitted {
  const warnings: string[] = [];
  const available = Math.floor(host.memory * share);
  // One limit that is far too high, a slip of the pen perhaps, isn't paid for by all the others.
  const capped = ({ memory }: ServiceSettings["limits"]) => Math.min(memory, available);
  const all = Object.values(services).map((service) => ({
    ...service,
    limits: { ...service.limits, memory: capped(service.limits) },
  }));
  const wanted = sum(all.map(({ limits, replicas }) => limits.memory * replicas));
  const least = sum(all.map(({ name, replicas }) => (table[name]?.minMemory ?? 4) * replicas));
  if (least > available) {
    throw new SettingsError([
      `limits: must leave each service its least memory, ${least} MiB in all, got ${machine === undefined ? "a machine" : `machine ${machine}`} with ${available} MiB for containers`,
    ]);
  }
  const factor = wanted > available ? scaleFor(all, table, available) : 1;
  const fit = (service: ServiceSettings): ServiceSettings => {
    const { cpus, memory } = service.limits;
    const floor = table[service.name]?.minMemory ?? 4;
    const limits = {
      ...service.limits,
      cpus: Math.min(cpus, host.cpus),
      memory: Math.min(memory, Math.max(floor, Math.floor(capped(service.limits) * factor))),
    };
    if (limits.cpus < cpus) {
      warnings.push(
        `limits.${service.name}.cpus: scaled from ${cpus} to ${limits.cpus}, all the machine has`,
      );
    }
    if (limits.memory < memory) {
      warnings.push(
        `limits.${service.name}.memory: scaled from ${memory} to ${limits.memory} MiB to fit the machine`,
      );
    }
    return { ...service, limits };
  };
  return {
    services: Object.fromEntries(Object.entries(services).map(([name, service]) => [name, fit(service)])),
    warnings,
  };
}

/** The largest factor with which all limits fit, given that none falls below its floor. */
function scaleFor(services: ServiceSettings[], table: ServiceRows, available: number): number {
  const total = (factor: number) =>
    sum(
      services.map(({ name, limits, replicas }) => {
        return Math.max(table[name]?.minMemory ?? 4, Math.floor(limits.memory * factor)) * replicas;
      }),
    );
  let [low, high] = [0, 1];
  for (let step = 0; step < 30; step++) {
    const middle = (low + high) / 2;
    if (total(middle) <= available) low = middle;
    else high = middle;
  }
  return low;
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
