import { probeImage } from "../components/containers/probeHealth.ts";
import { backupService, resticImage } from "../services/backup/definition.ts";
import { needsProbe } from "../services/application/serviceHealth.ts";
import type { ServiceSettings } from "../services/application/serviceSettings.ts";
import { filesImage } from "../services/proxy/definition.ts";
import { entriesOf, type Placed } from "./entries.ts";

/**
 * References of all that a stack runs, each once. `candidates` adds what an image that settings name takes where it is
 * an owner's, before anybody has looked.
 */
export function imagesOf(settings: Placed, candidates = false): string[] {
  const machines = new Set([undefined, ...Object.values(settings.placement)]);
  return [...new Set([...machines].flatMap((machine) => imagesOn(settings, machine, candidates)))];
}

/** The same of one machine: of that name beside the stack's own, or of its own. */
export function imagesOn(settings: Placed, machine?: string, candidates = false): string[] {
  const { services, placement, swarm } = settings;
  // A swarm runs applications anywhere, and the proxy on each machine.
  const anywhere = (name: string) =>
    swarm !== undefined &&
    swarm !== false &&
    settings.definition.services[name]?.phase !== "store" &&
    name in settings.definition.services;
  const here = Object.keys(services).filter((name) => placement[name] === machine || anywhere(name));
  const entries = entriesOf(settings);
  const run = here.flatMap((name) => [services[name]?.image, entries[name]?.image]);
  const backed = here.includes(backupService);
  const probed = here
    .flatMap((name) => services[name] ?? [])
    .some((service) => needsProbe(candidates ? asCandidate(service, settings) : service));
  return [
    ...new Set([
      filesImage,
      ...run.filter((image) => image !== undefined),
      ...(probed || backed ? [probeImage] : []),
      ...(backed ? [resticImage] : []),
    ]),
  ];
}

function asCandidate(service: ServiceSettings, { definition }: Placed): ServiceSettings {
  const row = definition.services[service.name];
  const another = row?.phase === "application" && ![row.image, row.developmentImage].includes(service.image);
  return { ...service, own: service.own ?? another };
}
