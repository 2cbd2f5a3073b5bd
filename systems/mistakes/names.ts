import { certificatesName } from "../../services/certificates/folders.ts";
import { monitors } from "../../services/monitoring/definition.ts";
import type { ServiceOf, SystemDefinition } from "../define.ts";
import { exporterOf } from "../facts.ts";

/** Each is a host name, or part of names that Docker and Pulumi have to take; 63 is the most that DNS takes (RFC 1035, 2.3.4). */
const nameShape = /^[a-z](?:[a-z0-9_-]{0,61}[a-z0-9])?$/;
/** What every object has, such as `constructor`, is no key of a map. */
const reserved = new Set(Object.getOwnPropertyNames(Object.prototype));
/** What the resources of a service add to its name. */
const endings = {
  store: /-(?:check|data|files|owner|password|provision|socket)$/,
  application: /-(?:files|\d+)$/,
  proxy: /-(?:files|live|release|release-files)$/,
};

function ownEnding(service: ServiceOf | undefined, ending: string): boolean {
  return service !== undefined && endings[service.phase].exec(ending)?.[0] === ending;
}

/** Names that Docker or Pulumi refuses, or that two things would have. */
export function badNames(system: SystemDefinition): string[] {
  const { name, network, services, jobs = {}, volumes = {}, queues = {}, projects = [] } = system;
  const monitoring = new Set([
    ...Object.keys(monitors),
    ...Object.entries(services).flatMap(([service, { exporter }]) =>
      exporter === undefined ? [] : [exporterOf(service, { exporter })],
    ),
    ...["monitoring", "monitoring-facts"],
  ]);
  const certified = ["", "-data", "-data-owner", "-files"].map((ending) => certificatesName + ending);
  const kinds = {
    services: Object.keys(services),
    jobs: Object.keys(jobs),
    volumes: Object.keys(volumes),
    projects: projects.map((project) => project.name),
  };
  const owners = new Map<string, string>();
  const taken = (kind: string, key: string): string[] => {
    const path = `system.${kind}.${key}`;
    if (!nameShape.test(key))
      return [
        `${path}: must be lower-case letters, digits, "-" and "_", at most 63, beginning with a letter, got ${JSON.stringify(key)}`,
      ];
    if (reserved.has(key)) return [`${path}: must not be a word of JavaScript, got "${key}"`];
    if (certified.includes(key))
      return [`${path}: must not be the name of what gets certificates, got "${key}"`];
    if (monitoring.has(key))
      return [`${path}: must not be the name of a part of the monitoring, got "${key}"`];
    const base = Object.keys(services).find(
      (service) => key.startsWith(service) && ownEnding(services[service], key.slice(service.length)),
    );
    if (base !== undefined)
      return [`${path}: must not be the name of what belongs to service "${base}", got "${key}"`];
    const job = Object.keys(jobs).find((other) => key === `${other}-files`);
    if (job !== undefined)
      return [`${path}: must not be the name of what belongs to job "${job}", got "${key}"`];
    const owner = owners.get(key);
    owners.set(key, kind);
    return owner === undefined
      ? []
      : [`${path}: must be the name of one thing, got "${key}" of ${owner} too`];
  };
  return [
    ...(/^[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?$/.test(name)
      ? []
      : [
          `system.name: must be lower-case letters, digits and dashes, at most 32, got ${JSON.stringify(name)}`,
        ]),
    ...(/^[A-Za-z0-9][\w.-]{0,127}$/.test(network)
      ? []
      : [
          `system.network: must be a network name of letters, digits, "_", "." and "-", got ${JSON.stringify(network)}`,
        ]),
    ...Object.entries(kinds).flatMap(([kind, keys]) => keys.flatMap((key) => taken(kind, key))),
    ...Object.entries(services).flatMap(([service, { generated = {} }]) =>
      sameNames(`system.services.${service}.generated`, Object.keys(generated)),
    ),
    ...Object.keys(queues)
      .filter((key) => !nameShape.test(key))
      .map(
        (key) =>
          `system.queues.${key}: must be lower-case letters, digits, "-" and "_", at most 63, beginning with a letter, got ${JSON.stringify(key)}`,
      ),
  ];
}

/** Two variables whose secrets would have one name. */
function sameNames(path: string, variables: readonly string[]): string[] {
  const lower = variables.map((name) => name.toLowerCase());
  return variables
    .filter((_, index) => lower.indexOf(lower[index] ?? "") !== index)
    .map((name) => `${path}.${name}: must differ from the others in more than capitals, got "${name}"`);
}
