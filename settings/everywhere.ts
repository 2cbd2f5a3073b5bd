import type { ServiceSettings } from "../services/application/serviceSettings.ts";
import type { ServiceOf, SystemDefinition } from "../systems/define.ts";
import { planJobs } from "./jobPlan.ts";

/** What settings say of where files are. */
export interface Stored {
  /** Of each service; one that is switched off or somebody else's is absent. */
  services: Readonly<Record<string, ServiceSettings>>;
  /** URLs of what somebody else runs, buckets too. */
  external: Readonly<Record<string, string>>;
}

/** Jobs whose work is all that is in a volume, by the volume; an owner's image has those that settings name. */
export function fillers(
  system: SystemDefinition,
  services: Stored["services"],
): Readonly<Record<string, string>> {
  const { jobs } = planJobs(system, services);
  const found = Object.entries(system.volumes ?? {}).flatMap(([volume, { filledBy }]) =>
    filledBy === undefined || jobs[filledBy] === undefined ? [] : [[volume, filledBy] as const],
  );
  return Object.fromEntries(found);
}

/**
 * Whether each machine of a swarm has a volume of its own: a job fills it on each, or its files are in a bucket, and some
 * service that mounts it is tied to no machine.
 */
export function isEverywhere(system: SystemDefinition, stored: Stored, volume: string): boolean {
  const free = Object.entries(system.services).some(
    ([name, service]) =>
      stored.services[name] !== undefined &&
      (service.mounts ?? []).some((mount) => mount.volume === volume) &&
      tiesOf(system, stored, service).length === 0,
  );
  return free && mayBeEverywhere(system, stored, volume);
}

/** Volumes that tie a service to the machine that has them. */
export function tiesOf(system: SystemDefinition, stored: Stored, { mounts = [] }: ServiceOf): string[] {
  return mounts.map(({ volume }) => volume).filter((volume) => !mayBeEverywhere(system, stored, volume));
}

function mayBeEverywhere(system: SystemDefinition, stored: Stored, volume: string): boolean {
  const isElsewhere = system.volumes?.[volume]?.bucket === true && stored.external[volume] !== undefined;
  return isElsewhere || volume in fillers(system, stored.services);
}

/**
 * Whether the proxy that the public reaches is on the stack's own machine alone, whatever others there are: it reads
 * files of a volume that is there alone.
 */
export function proxyStays(system: SystemDefinition, stored: Stored): boolean {
  const proxy = Object.values(system.services).find((service) => service.public !== undefined);
  return proxy === undefined || tiesOf(system, stored, proxy).length > 0;
}
