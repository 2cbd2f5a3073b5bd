import type { ServiceOf, SystemDefinition } from "./define.ts";

/**
 * What a definition names and doesn't have: the compiler finds the same, but a file of somebody's own may run without ever
 * being compiled. A line each, as `path: rule, got value`.
 */
export function mistakesIn(system: SystemDefinition): string[] {
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
    ...(/^[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?$/.test(system.name)
      ? []
      : [
          `system.name: must be lower-case letters, digits and dashes, at most 32, got ${JSON.stringify(system.name)}`,
        ]),
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
