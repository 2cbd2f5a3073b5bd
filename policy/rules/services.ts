import { list, loosened, object, shown, swarmService, texts, type Facts, type Props } from "../facts.ts";
import { mayBeRoot, namesUser } from "./root.ts";

/**
 * What the rules for containers say of a service of a swarm, whose containers its managers make. The limit of processes,
 * swap, and new privileges aren't in a task's spec: Docker's own settings on the swarm's machines have them.
 */
export const path = "taskSpec.containerSpec";

/** The spec of a service's containers; nothing of another resource. */
export function specOf({ type, props }: Facts): Props | undefined {
  return type === swarmService ? object(object(props.taskSpec).containerSpec) : undefined;
}

export function serviceImage(resource: Facts): string[] {
  const spec = specOf(resource);
  // One that is still to be known has no value here.
  if (spec?.image === undefined || isFixed(spec.image)) return [];
  return [`${path}.image: must end in a digest, got ${shown(spec.image)}`];
}

export function isFixed(image: unknown): boolean {
  return typeof image === "string" && /(?:^|@)sha256:[a-f0-9]{64}$/.test(image);
}

export function serviceHealth(resource: Facts): string[] {
  const spec = specOf(resource);
  if (spec === undefined || isChecked(resource, spec.healthcheck)) return [];
  return [`${path}.healthcheck.tests: must be a command, got ${shown(spec.healthcheck)}`];
}

export function isChecked(resource: Facts, healthcheck: unknown): boolean {
  const tests = texts(object(healthcheck).tests);
  const waived = tests[0] === "NONE" && loosened(resource).includes("health");
  return waived || (tests.length > 1 && tests[0] !== "NONE");
}

export function serviceLimits({ type, props }: Facts): string[] {
  if (type !== swarmService) return [];
  const { memoryBytes, nanoCpus } = object(object(object(props.taskSpec).resources).limits);
  const limits = "taskSpec.resources.limits";
  return [
    ...(Number(memoryBytes) > 0
      ? []
      : [`${limits}.memoryBytes: must be a limit in bytes, got ${shown(memoryBytes)}`]),
    ...(Number(nanoCpus) > 0
      ? []
      : [`${limits}.nanoCpus: must be a limit in billionths of a core, got ${shown(nanoCpus)}`]),
  ];
}

export function serviceRoot(resource: Facts): string[] {
  const spec = specOf(resource);
  if (spec === undefined || namesUser(spec.user) || mayBeRoot(resource, texts(spec.capAdds))) return [];
  return [`${path}.user: must be a user and not root, got ${shown(spec.user)}`];
}

export function serviceAllowedRoot(resource: Facts): string[] {
  const spec = specOf(resource);
  if (spec === undefined || namesUser(spec.user) || !mayBeRoot(resource, texts(spec.capAdds))) return [];
  return [`${path}.user: must be a user and not root, got ${shown(spec.user)}, which a setting allows`];
}

export function serviceGrace(resource: Facts): string[] {
  const spec = specOf(resource);
  if (spec === undefined || seconds(spec.stopGracePeriod) >= 10) return [];
  return [`${path}.stopGracePeriod: must be 10s or more, got ${shown(spec.stopGracePeriod)}`];
}

/** Of a duration as Go writes it, such as `1m30s` (https://pkg.go.dev/time#ParseDuration). */
function seconds(duration: unknown): number {
  if (typeof duration !== "string") return 0;
  const units: Record<string, number> = { h: 3600, m: 60, s: 1, ms: 0.001 };
  const parts = duration.matchAll(/(\d+(?:\.\d+)?)(ms|[hms])/g);
  return [...parts].reduce((sum, [, figure, unit = ""]) => sum + Number(figure) * (units[unit] ?? 0), 0);
}

export function serviceConfinement(resource: Facts): string[] {
  const spec = specOf(resource);
  if (spec === undefined) return [];
  const loose = loosened(resource);
  const [drops, adds] = [texts(spec.capDrops), texts(spec.capAdds)];
  const networks = list(object(resource.props.taskSpec).networksAdvanceds).map(object);
  const sources = list(spec.mounts).map((each) => object(each).source);
  return [
    ...networks
      .filter(({ id, name }) => id === "host" || name === "host")
      .map(() => 'taskSpec.networksAdvanceds: must not be the machine\'s, got "host"'),
    ...(spec.readOnly === true || loose.includes("readOnlyRoot")
      ? []
      : [`${path}.readOnly: must be true, got ${shown(spec.readOnly)}`]),
    ...(drops.includes("ALL") ? [] : [`${path}.capDrops: must hold ALL, got ${shown(spec.capDrops)}`]),
    ...(adds.length === 0 || loose.includes("capabilities") || mayBeRoot(resource, adds)
      ? []
      : [`${path}.capAdds: must be none, got ${shown(adds)}`]),
    ...texts(sources)
      .filter((source) => source.endsWith("docker.sock"))
      .map((source) => `${path}.mounts: must not hold Docker's socket, got "${source}"`),
  ];
}
