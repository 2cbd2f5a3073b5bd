import { Refusal } from "../refusal.ts";
import {
  logicalName,
  wantedContainers,
  wantedServices,
  type Checkpoint,
  type StateResource,
  type SwarmService,
} from "../state/checkpoint.ts";

/** What is to start anew. */
export interface Chosen {
  containers: StateResource[];
  /** Of a swarm, whose managers do it. */
  spread: SwarmService[];
  services: string[];
  /** Those of them that are away between the old container and the new one. */
  away: string[];
}

/**
 * Containers and swarm's services of the services named; of none named, of all whose new containers come up beside the old ones. `alone`
 * says of a service that something it writes has one writer at a time. Throws {@link Refusal}.
 */
export function chosenServices(
  checkpoint: Checkpoint,
  names: readonly string[],
  alone: (service: string) => boolean,
): Chosen {
  const all = wantedContainers(checkpoint);
  const spread = wantedServices(checkpoint);
  const known = [...new Set([...all, ...spread].map(({ service }) => service))].sort();
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new Refusal(
      unknown.map((name) => `service: must be one of ${known.join(", ") || "none"}, got "${name}"`),
    );
  const replicated = new Set([...all.filter(isReplica), ...spread].map(({ service }) => service));
  const isAway = (service: string) => !replicated.has(service) || alone(service);
  const services = known.filter((name) => (names.length > 0 ? names.includes(name) : !isAway(name)));
  return {
    containers: all.filter(({ service }) => services.includes(service)),
    spread: spread.filter(({ service }) => services.includes(service)),
    services,
    away: services.filter(isAway),
  };
}

/** `api-2` of `api`; what there is one of is named as its service. */
function isReplica({ urn, service }: StateResource & { service: string }): boolean {
  const name = logicalName(urn);
  return name.startsWith(`${service}-`) && /^\d+$/.test(name.slice(service.length + 1));
}
