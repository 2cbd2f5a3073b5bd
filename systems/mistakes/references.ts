import type { VolumeMount } from "../../services/definition.ts";
import type { ServiceOf, SystemDefinition } from "../define.ts";

/** Services, jobs, volumes, queues and rates that are named and not there. */
export function unknownNames(system: SystemDefinition): string[] {
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
    ...Object.entries(volumes).flatMap(([name, { of: service, filledBy }]) => [
      ...wrong(`volumes.${name}.of`, "services", service),
      ...wrong(`volumes.${name}.filledBy`, "jobs", filledBy),
    ]),
    ...Object.entries(queues).flatMap(([name, queue]) => wrong(`queues.${name}.in`, "services", queue.in)),
    ...projects.flatMap(({ name, services: own, after }) => [
      ...all(`projects.${name}.services`, "services", own),
      ...all(`projects.${name}.after`, "services", after),
    ]),
  ];
}

/** Volumes that hold more than the work of the job that is to fill them, and jobs that can't. */
export function badFillers({ services, jobs = {}, volumes = {} }: SystemDefinition): string[] {
  return Object.entries(volumes).flatMap(([name, { keeps, filledBy }]) => {
    if (filledBy === undefined) return [];
    if (keeps !== "shared")
      return [`system.volumes.${name}.filledBy: must be of a volume that is shared, got "${keeps}"`];
    const job = jobs[filledBy];
    const mounts = job?.only ?? services[job?.of ?? ""]?.mounts ?? [];
    return mounts.some(({ volume, readOnly }) => volume === name && readOnly === false)
      ? []
      : [`system.volumes.${name}.filledBy: must be a job that may write into it, got "${filledBy}"`];
  });
}

/** What a service or job waits for or mounts, of a service that settings may leave out. */
export function missingParts({ services, jobs = {}, volumes = {} }: SystemDefinition): string[] {
  const optional = (owner: string | undefined, user: string): boolean =>
    owner !== undefined && owner !== user && services[owner]?.optional === true;
  const waits = (path: string, user: string, after: readonly string[] = []) =>
    after
      .filter((job) => optional(jobs[job]?.of, user))
      .map(
        (job) =>
          `system.${path}.after: must be jobs of services that are always there, got "${job}" of "${jobs[job]?.of}"`,
      );
  const mounted = (path: string, user: string, mounts: readonly VolumeMount[] = []) =>
    mounts
      .filter(({ volume }) => optional(volumes[volume]?.of, user))
      .map(
        ({ volume }) =>
          `system.${path}: must be volumes of services that are always there, got "${volume}" of "${volumes[volume]?.of}"`,
      );
  return [
    ...Object.entries(services).flatMap(([name, { after, mounts }]) => [
      ...waits(`services.${name}`, name, after),
      ...mounted(`services.${name}.mounts`, name, mounts),
    ]),
    ...Object.entries(jobs).flatMap(([name, job]) => [
      ...waits(`jobs.${name}`, job.of, job.after),
      ...mounted(`jobs.${name}.only`, job.of, job.only),
    ]),
  ];
}
