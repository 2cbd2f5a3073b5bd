import type * as docker from "@pulumi/docker";
import type { ContainerSpec } from "./containerSpec.ts";
import type { Scope } from "./scope.ts";

export type Label = docker.types.input.ContainerLabel;

/** Of the labels by which our things are found. */
export const labelPrefix = "berth.";

/** Says on everything the Docker Engine holds for us whose it is; what a container is for is its `role`. */
export function labels(
  scope: Scope,
  service: string,
  role: Role,
  hash?: docker.types.input.ContainerLabel["value"],
): Label[] {
  return [
    { label: "berth.system", value: scope.system },
    { label: "berth.stack", value: scope.stack },
    { label: "berth.service", value: service },
    { label: "berth.role", value: role },
    ...(hash === undefined ? [] : [{ label: "berth.hash", value: hash }]),
  ];
}

/** Say what settings allow on purpose: the policy pack lets it through by them, and shows it. */
export function looseLabels({ root, loosened = [] }: Pick<ContainerSpec, "root" | "loosened">): Label[] {
  return [
    ...(loosened.length === 0 ? [] : [{ label: `${labelPrefix}loosened`, value: loosened.join(",") }]),
    ...(root === true ? [{ label: `${labelPrefix}root`, value: "allowed" }] : []),
  ];
}

/**
 * `service` runs for good, `job` runs once, `files` never runs and only carries files into a volume, `scratch` is a
 * folder in memory of one container of a swarm.
 */
export type Role = "service" | "job" | "files" | "network" | "data" | "shared" | "scratch";
