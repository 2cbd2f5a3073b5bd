import type { SystemDefinition } from "../define.ts";

/** Jobs that wait for themselves, and projects that come after what comes later. */
export function badOrder({ services, jobs = {}, projects = [] }: SystemDefinition): string[] {
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
