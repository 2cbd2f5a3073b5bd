import { runsOwnProcess, type ServiceSettings } from "../services/application/serviceSettings.ts";
import type { SystemDefinition } from "../systems/define.ts";
import { systemNamed } from "../systems/index.ts";

/**
 * Jobs that a system of somebody's own has, and that an image which settings name leaves out, a line for each service.
 * Those of Berth's systems are the reference application's, and another image has none of them.
 */
export function leftOutJobs(
  definition: SystemDefinition,
  services: Readonly<Record<string, ServiceSettings>>,
): string[] {
  if (systemNamed(definition.name) === definition) return [];
  const jobs = Object.entries(definition.jobs ?? {});
  return Object.values(services)
    .filter(runsOwnProcess)
    .flatMap(({ name, jobs: given = {} }) => {
      const left = jobs.filter(([, job]) => job.of === name && (job.does === undefined || !given[job.does]));
      const names = left.map(([job]) => job).join(", ");
      return names === ""
        ? []
        : [
            `images.${name}: its own process runs, without ${names} of the system; override.${name}.process: system runs both as the system says`,
          ];
    });
}
