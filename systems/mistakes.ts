import { monitors } from "../services/monitoring/definition.ts";
import type { ServiceOf, SystemDefinition } from "./define.ts";
import { exporterOf } from "./facts.ts";

/**
 * What is wrong with a definition, a line each, as `path: rule, got value`. Names that nothing has are found by the
 * compiler too, but a file of somebody's own may run without ever being compiled.
 */
export function mistakesIn(system: SystemDefinition): string[] {
  const unknown = unknownNames(system);
  return [
    ...badNames(system),
    ...unknown,
    // What hangs on a name is told once the names are right.
    ...(unknown.length > 0 ? [] : [...missingParts(system), ...silentRoutes(system), ...badOrder(system)]),
  ];
}

/** Each is part of names that Docker, DNS and Pulumi have to take. */
const nameShape = /^[a-z](?:[a-z0-9_-]{0,38}[a-z0-9])?$/;
/** What the resources of a service add to its name. */
const endings = {
  store: /-(?:check|data|files|owner|password|provision|socket)$/,
  application: /-(?:files|\d+)$/,
  proxy: /-(?:files|live|release|release-files)$/,
};

function ownEnding(service: ServiceOf | undefined, ending: string): boolean {
  return service !== undefined && endings[service.phase].exec(ending)?.[0] === ending;
}

function badNames(system: SystemDefinition): string[] {
  const { name, network, services, jobs = {}, volumes = {}, queues = {}, projects = [] } = system;
  const monitoring = new Set([
    ...Object.keys(monitors),
    ...Object.entries(services).flatMap(([service, { exporter }]) =>
      exporter === undefined ? [] : [exporterOf(service, { exporter })],
    ),
    ...["monitoring", "monitoring-facts"],
  ]);
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
        `${path}: must be lower-case letters, digits, "-" and "_", at most 40, beginning with a letter, got ${JSON.stringify(key)}`,
      ];
    if (monitoring.has(key))
      return [`${path}: must not be the name of a part of the monitoring, got "${key}"`];
    const base = Object.keys(services).find(
      (service) => key.startsWith(service) && ownEnding(services[service], key.slice(service.length)),
    );
    if (base !== undefined)
      return [`${path}: must not be the name of what belongs to service "${base}", got "${key}"`];
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
    ...Object.keys(queues)
      .filter((key) => !nameShape.test(key))
      .map(
        (key) =>
          `system.queues.${key}: must be lower-case letters, digits, "-" and "_", at most 40, beginning with a letter, got ${JSON.stringify(key)}`,
      ),
  ];
}

/** What a service waits for or mounts, of a service that settings may leave out. */
function missingParts({ services, jobs = {}, volumes = {} }: SystemDefinition): string[] {
  const optional = (owner: string | undefined, user: string): boolean =>
    owner !== undefined && owner !== user && services[owner]?.optional === true;
  const waits = (path: string, user: string, after: readonly string[] = []) =>
    after
      .filter((job) => optional(jobs[job]?.of, user))
      .map(
        (job) =>
          `system.${path}.after: must be jobs of services that are always there, got "${job}" of "${jobs[job]?.of}"`,
      );
  return [
    ...Object.entries(services).flatMap(([name, { after, mounts = [] }]) => [
      ...waits(`services.${name}`, name, after),
      ...mounts
        .filter(({ volume }) => optional(volumes[volume]?.of, name))
        .map(
          ({ volume }) =>
            `system.services.${name}.mounts: must be volumes of services that are always there, got "${volume}" of "${volumes[volume]?.of}"`,
        ),
    ]),
    ...Object.entries(jobs).flatMap(([name, job]) => waits(`jobs.${name}`, job.of, job.after)),
  ];
}

/** Routes to what answers no HTTP, such as a worker. */
function silentRoutes({ services }: SystemDefinition): string[] {
  const answering = Object.keys(services).filter((name) => services[name]?.answers === true);
  const list = answering.join(", ") || "none";
  return Object.entries(services).flatMap(([name, service]) =>
    (service.public?.routes ?? []).flatMap((route) => {
      if ("monitoring" in route) return [];
      const targets = [route.to, route.developing].filter((target) => typeof target === "string");
      return targets
        .filter((target) => !answering.includes(target))
        .map(
          (target) =>
            `system.services.${name}.public.routes: must lead to a service that answers HTTP, ${list}, got "${target}"`,
        );
    }),
  );
}

/** Jobs that wait for themselves, and projects that come after what comes later. */
function badOrder({ services, jobs = {}, projects = [] }: SystemDefinition): string[] {
  const held = projects.flatMap((project) => project.services);
  const times = (service: string): number => held.filter((other) => other === service).length;
  return [
    ...Object.keys(jobs).flatMap((name) => {
      const circle = circleFrom(name, jobs);
      return circle === undefined
        ? []
        : [`system.jobs.${name}.after: must not lead back to itself, got ${circle.join(" after ")}`];
    }),
    ...projects.flatMap(({ name, after = [] }, index) => {
      const before = projects.slice(0, index).flatMap((project) => project.services);
      return after
        .filter((service) => !before.includes(service))
        .map(
          (service) =>
            `system.projects.${name}.after: must be services of projects that stand before it, ${before.join(", ") || "none"}, got "${service}"`,
        );
    }),
    ...(projects.length === 0 ? [] : Object.keys(services))
      .filter((service) => times(service) !== 1)
      .map(
        (service) => `system.projects: must hold each service once, got "${service}" ${times(service)} times`,
      ),
  ];
}

/** The way from a job back to itself. */
function circleFrom(
  name: string,
  jobs: NonNullable<SystemDefinition["jobs"]>,
  path: readonly string[] = [name],
): string[] | undefined {
  for (const next of jobs[path.at(-1) ?? name]?.after ?? []) {
    if (next === name) return [...path, name];
    const found = path.includes(next) ? undefined : circleFrom(name, jobs, [...path, next]);
    if (found !== undefined) return found;
  }
  return undefined;
}

function unknownNames(system: SystemDefinition): string[] {
  const { services, jobs = {}, volumes = {}, queues = {}, rates = {}, projects = [] } = system;
  const known = { services, jobs, volumes, queues, rates };
  const wrong = (path: string, kind: keyof typeof known, name: string | null | undefined): string[] => {
    const names = Object.keys(known[kind]);
    if (name === undefined || name === null || names.includes(name)) return [];
    return [`system.${path}: must be one of its ${kind}, ${names.join(", ") || "none"}, got "${name}"`];
  };
  const all = (path: string, kind: keyof typeof known, named: readonly string[] = []) =>
    named.flatMap((name) => wrong(path, kind, name));
  const inService = ([name, service]: [string, ServiceOf]): string[] => {
    const path = `services.${name}`;
    return [
      ...all(`${path}.uses`, "services", service.uses),
      ...all(`${path}.after`, "jobs", service.after),
      ...all(
        `${path}.mounts`,
        "volumes",
        service.mounts?.map(({ volume }) => volume),
      ),
      ...wrong(`${path}.socket`, "volumes", service.socket?.volume),
      ...wrong(`${path}.queue`, "queues", service.queue),
      ...wrong(`${path}.api`, "services", service.api),
      ...wrong(`${path}.client`, "services", service.client),
      ...wrong(`${path}.public.rate`, "rates", service.public?.rate),
      ...(service.public?.routes ?? []).flatMap((route) =>
        "monitoring" in route
          ? []
          : [
              ...(typeof route.to === "string" ? wrong(`${path}.public.routes`, "services", route.to) : []),
              ...wrong(`${path}.public.routes`, "services", route.developing),
              ...wrong(`${path}.public.routes`, "rates", route.rate),
            ],
      ),
    ];
  };
  return [
    ...Object.entries(services).flatMap(inService),
    ...Object.entries(jobs).flatMap(([name, { of: service, after, only }]) => [
      ...wrong(`jobs.${name}.of`, "services", service),
      ...all(`jobs.${name}.after`, "jobs", after),
      ...all(
        `jobs.${name}.only`,
        "volumes",
        only?.map(({ volume }) => volume),
      ),
    ]),
    ...Object.entries(volumes).flatMap(([name, { of: service }]) =>
      wrong(`volumes.${name}.of`, "services", service),
    ),
    ...Object.entries(queues).flatMap(([name, queue]) => wrong(`queues.${name}.in`, "services", queue.in)),
    ...projects.flatMap(({ name, services: own, after }) => [
      ...all(`projects.${name}.services`, "services", own),
      ...all(`projects.${name}.after`, "services", after),
    ]),
  ];
}
