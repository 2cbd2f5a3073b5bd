/** One resource as a policy sees it: what is to be made, before it is made. */
export interface Facts {
  type: string;
  name: string;
  /** Plain inputs; secrets are unwrapped. */
  props: Readonly<Record<string, unknown>>;
  protect: boolean;
}

/** A rule that holds for any stack. */
export interface Rule {
  /** What the violation is called, and how a configuration of the pack names it. */
  name: string;
  description: string;
  /** `advisory`: it is shown and stops nothing. @default mandatory */
  level?: "advisory";
  /** What to do about a violation. */
  fix: string;
  /**
   * Every violation, as `path: rule, got value`; empty where the rule says nothing of this resource. `stack` is all
   * there is, where the rule is {@link stackwide}.
   */
  violations: (resource: Facts, stack: readonly Facts[]) => string[];
  /** What it says of a resource depends on others, so it is asked once all are known. @default false */
  stackwide?: boolean;
}

export type Props = Readonly<Record<string, unknown>>;

/** A nested object; empty where there is none. */
export function object(value: unknown): Props {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Props) : {};
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

export function texts(value: unknown): string[] {
  return list(value).filter((item): item is string => typeof item === "string");
}

/** A value in a violation, cut short. */
export function shown(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value).slice(0, 80);
}

export const container = "docker:index/container:Container";

/** Of a swarm, whose managers make its containers. */
export const swarmService = "docker:index/service:Service";

/** A container in which a process ever runs; others only carry files into a volume. */
export function isRunning({ type, props }: Facts): boolean {
  return type === container && props.start !== false;
}

/** A container that is to run for good; jobs end. */
export function isService(resource: Facts): boolean {
  return isRunning(resource) && resource.props.mustRun !== false;
}

/** The value of a label; undefined where there is none. */
export function labelled({ props }: Facts, name: string): unknown {
  return list(props.labels)
    .map(object)
    .find(({ label }) => label === name)?.value;
}

/** Keys of `override` with which settings loosened a container on purpose. */
export function loosened(resource: Facts): string[] {
  const value = labelled(resource, "berth.loosened");
  return typeof value === "string" ? value.split(",") : [];
}
