import { jobKinds, type JobKind } from "../services/application/jobKinds.ts";
import { runsOwnProcess, type ServiceSettings } from "../services/application/serviceSettings.ts";
import type { VolumeMount } from "../services/definition.ts";
import type { JobDefinition, SystemDefinition } from "../systems/define.ts";

export interface PlannedJob extends JobDefinition {
  /** Volumes beside all that the service has. @default none */
  beside?: readonly VolumeMount[];
}

/** The jobs of a system, as settings and images have them. */
export interface JobPlan {
  jobs: Readonly<Record<string, PlannedJob>>;
  /** Job of the definition → what is waited for in its place. */
  instead: Readonly<Record<string, readonly string[]>>;
  /** Service → jobs that it waits for, whatever its definition says. */
  gates: Readonly<Record<string, readonly string[]>>;
}

/** Of one service. */
interface Part {
  jobs: readonly Named[];
  instead: (name: string) => readonly string[];
  gates: readonly string[];
}
type Named = readonly [name: string, job: PlannedJob];
type Plan = (service: ServiceSettings, defined: readonly Named[], nameOf: (kind: JobKind) => string) => Part;

/**
 * An owner's image runs the jobs that settings name, in the place of the system's, and none without; any other image
 * runs the system's, each with the command that settings give it, and beside them what settings add.
 */
export function planJobs(
  { jobs = {}, services: definitions }: Pick<SystemDefinition, "jobs" | "services">,
  services: Readonly<Record<string, ServiceSettings>>,
): JobPlan {
  const parts = Object.keys(definitions).flatMap((owner): [string, Part][] => {
    const service = services[owner];
    if (service === undefined) return [];
    const defined = Object.entries(jobs).filter(([, job]) => job.of === owner);
    const plan = runsOwnProcess(service) ? ownJobs : systemJobs;
    const taken = (name: string): boolean =>
      name in definitions || (name in jobs && jobs[name]?.of !== owner);
    const nameOf = (kind: JobKind): string =>
      defined.find(([, { does }]) => does === kind)?.[0] ??
      (taken(`${owner}-${kind}`) ? `${owner}-${kind}-job` : `${owner}-${kind}`);
    return [[owner, plan(service, defined, nameOf)]];
  });
  const byOwner = new Map(parts);
  const instead = Object.fromEntries(
    Object.entries(jobs).map(([name, job]) => [name, byOwner.get(job.of)?.instead(name) ?? [name]]),
  );
  const resolved = ([name, job]: Named): Named => [
    name,
    { ...job, ...(job.after && { after: unique(job.after.flatMap((other) => outside(job, other))) }) },
  ];
  // Jobs of one service know each other by the names that they have now.
  const outside = ({ of: owner }: PlannedJob, other: string): readonly string[] =>
    jobs[other] === undefined || jobs[other].of === owner ? [other] : (instead[other] ?? []);
  return {
    jobs: Object.fromEntries(parts.flatMap(([, part]) => part.jobs.map(resolved))),
    instead,
    gates: Object.fromEntries(parts.map(([owner, { gates }]) => [owner, gates])),
  };
}

/** One after the other; the first waits for what the system's waited for of other services. */
const ownJobs: Plan = ({ name, jobs: commands = {} }, defined, nameOf) => {
  const dropped = defined.map(([job]) => job);
  const before = unique(defined.flatMap(([, { after = [] }]) => after)).filter(
    (job) => !dropped.includes(job),
  );
  const given = jobKinds.filter((kind) => commands[kind] !== undefined);
  const jobs = given.map((kind, index): Named => {
    const only = defined.find(([, { does }]) => does === kind)?.[1].only;
    const previous = given[index - 1];
    return [
      nameOf(kind),
      {
        of: name,
        does: kind,
        command: commands[kind] ?? [],
        after: previous === undefined ? before : [nameOf(previous)],
        ...(only && { beside: only }),
      },
    ];
  });
  const last = jobs.slice(-1).map(([job]) => job);
  return { jobs, instead: () => (last.length > 0 ? last : before), gates: last };
};

/** What is added comes after the system's own, but for the check. */
const systemJobs: Plan = ({ name, jobs: commands = {} }, defined, nameOf) => {
  const added = jobKinds.filter(
    (kind) => commands[kind] !== undefined && !defined.some(([, { does }]) => does === kind),
  );
  const first = added.filter((kind) => kind === "check").map(nameOf);
  const kept = defined.map(([job, { after, ...rest }]): Named => {
    const command = rest.does && commands[rest.does];
    const all = [...(after ?? []), ...first];
    return [job, { ...rest, ...(command && { command }), ...(all.length > 0 && { after: all }) }];
  });
  const later = added.filter((kind) => kind !== "check").map(nameOf);
  const jobs = added.map((kind): Named => {
    const own = nameOf(kind);
    const previous = later.slice(0, Math.max(0, later.indexOf(own)));
    const after = kind === "check" ? [] : [...first, ...defined.map(([job]) => job), ...previous];
    return [own, { of: name, does: kind, command: commands[kind] ?? [], after }];
  });
  const gates = later.length > 0 ? later.slice(-1) : first;
  return { jobs: [...kept, ...jobs], instead: (job) => [job, ...later.slice(-1)], gates };
};

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}
