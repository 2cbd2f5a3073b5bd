import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { PlainError } from "../../lib/plainError.ts";
import { show } from "../../lib/problems.ts";
import { labelPrefix, type Label, type Role } from "./labels.ts";

/** What every component takes that runs a container. */
export interface Overridable {
  /**
   * Arguments of the docker provider's container that the component doesn't have, or has otherwise: merged last, each
   * in place of the component's whole value, but `labels`, which are added. It reaches the service's own containers,
   * and neither its jobs nor the carriers of its files. Hardening can be undone with it. @default nothing
   */
  override?: ContainerOverride;
}

export type ContainerOverride = Partial<Omit<docker.ContainerArgs, Kept | "labels">> & {
  labels?: { label: string; value: Label["value"] }[];
};

type Kept = (typeof kept)[number];

/**
 * What isn't for others to say. By `name` and `hostname` containers of two releases are told apart, `image` holds the
 * gates, and by the others a run knows that a service is healthy or a job has ended.
 */
const kept = ["name", "hostname", "image", "start", "mustRun", "wait", "attach", "logs", "rm"] as const;

/** The override of a component as it is merged. Throws when it says what is the component's to say. */
export function checkedOverride(name: string, override: ContainerOverride, role: Role): ContainerOverride {
  const entries = Object.entries<unknown>(override).filter(([, value]) => value !== undefined);
  const given = Object.fromEntries(entries);
  const refused = role === "job" ? [...kept, "restart"] : kept;
  const problems = refused
    .filter((key) => key in given)
    .map((key) => `${name}.override.${key}: must be left to the component, got ${shown(given[key])}`);
  for (const { label } of override.labels ?? [])
    if (label.startsWith(labelPrefix))
      problems.push(`${name}.override.labels: must not begin with "${labelPrefix}", got "${label}"`);
  if (problems.length > 0) throw new PlainError(problems.join("\n"));
  return given;
}

function shown(value: unknown): string {
  return pulumi.Output.isInstance(value) ? "an output" : show(value);
}
