import type { ContainerInspectInfo } from "dockerode";
import { isMap } from "../overrides.ts";
import type { StateResource } from "../state/checkpoint.ts";

/** The parts of what the Docker Engine says of a container that are compared. */
export type Inspected = Pick<ContainerInspectInfo, "HostConfig"> & {
  NetworkSettings: { Networks: Record<string, unknown> };
};

const mebibyte = 1024 ** 2;

/**
 * What `docker update` and `docker network connect` can have changed of a container that is still the one the last run
 * made, a line each.
 */
export function changesOf({ inputs = {} }: Pick<StateResource, "inputs">, inspected: Inspected): string[] {
  const { Memory = 0, NanoCpus = 0, RestartPolicy } = inspected.HostConfig;
  return [
    differs("memory", mebibytes(inputs.memory), `${Memory / mebibyte} MiB`),
    // None at all was made by other means than this limit: docker update takes none away.
    NanoCpus === 0 ? undefined : differs("cpus", cpus(inputs.cpus), `${thousandths(NanoCpus / 1e9)}`),
    differs("restart policy", word(inputs.restart), policyIn(RestartPolicy?.Name)),
    ...extraNetworks(inputs.networksAdvanced, Object.keys(inspected.NetworkSettings.Networks)),
  ].filter((change) => change !== undefined);
}

function differs(what: string, wanted: string | undefined, got: string): string | undefined {
  return wanted === undefined || wanted === got ? undefined : `${what} must be "${wanted}", got "${got}"`;
}

/** Nothing of a value that is encrypted or not set. */
function word(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function mebibytes(value: unknown): string | undefined {
  return typeof value === "number" ? `${value} MiB` : undefined;
}

function cpus(value: unknown): string | undefined {
  return typeof value === "string" ? `${thousandths(Number(value))}` : undefined;
}

/** The provider cuts off what a billionth is too large for. */
export function thousandths(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** Old engines say nothing where there is none. */
function policyIn(name = ""): string {
  return name === "" ? "no" : name;
}

function extraNetworks(wanted: unknown, joined: readonly string[]): string[] {
  if (!Array.isArray(wanted)) return [];
  const names = wanted.filter(isMap).map(({ name }) => name);
  // One without a network of the stack's can join none; made by an earlier release, it has Docker's own.
  if (names.length === 0 || !names.every((name) => typeof name === "string")) return [];
  return joined.filter((name) => !names.includes(name)).map((name) => `is also on network ${name}`);
}
