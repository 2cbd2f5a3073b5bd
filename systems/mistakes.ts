import type { ServiceOf, SystemDefinition } from "./define.ts";

/**
 * What a definition names and hasn't: the compiler finds the same, but a file of somebody's own may run without ever
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
    const at = `services.${name}`;
    return [
      ...all(`${at}.uses`, "services", service.uses),
      ...all(`${at}.after`, "jobs", service.after),
      ...all(
        `${at}.mounts`,
        "volumes",
        service.mounts?.map(({ volume }) => volume),
      ),
      ...wrong(`${at}.socket`, "volumes", service.socket?.volume),
      ...wrong(`${at}.queue`, "queues", service.queue),
      ...wrong(`${at}.api`, "services", service.api),
      ...wrong(`${at}.client`, "services", service.client),
      ...wrong(`${at}.public.rate`, "rates", service.public?.rate),
      ...(service.public?.routes ?? []).flatMap((route) =>
        "monitoring" in route
          ? []
          : [
              ...(typeof route.to === "string" ? wrong(`${at}.public.routes`, "services", route.to) : []),
              ...wrong(`${at}.public.routes`, "services", route.developing),
              ...wrong(`${at}.public.routes`, "rates", route.rate),
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
    ...Object.entries(jobs).flatMap(([name, { of, after, only }]) => [
      ...wrong(`jobs.${name}.of`, "services", of),
      ...all(`jobs.${name}.after`, "jobs", after),
      ...all(
        `jobs.${name}.only`,
        "volumes",
        only?.map(({ volume }) => volume),
      ),
    ]),
    ...Object.entries(volumes).flatMap(([name, { of }]) => wrong(`volumes.${name}.of`, "services", of)),
    ...Object.entries(queues).flatMap(([name, queue]) => wrong(`queues.${name}.in`, "services", queue.in)),
    ...projects.flatMap(({ name, services: own, after }) => [
      ...all(`projects.${name}.services`, "services", own),
      ...all(`projects.${name}.after`, "services", after),
    ]),
  ];
}
