import * as z from "zod";
import { mostMachines } from "../components/hosts/cloud/settings.ts";
import type { Kind } from "../components/hosts/kind.ts";
import { kindsWith } from "../components/hosts/registry.ts";
import { rule } from "../lib/rules.ts";

/**
 * The settings of the machines beside the stack's own, each completed by `host`: whatever `host` says of how machines
 * are made and reached holds for all, unless it is said otherwise. Those that `host.machines` makes come first.
 */
export function completed(hosts: unknown, host: unknown, kind: Kind | undefined): unknown {
  if (!isMap(hosts) || !isMap(host)) return hosts;
  const common = Object.fromEntries(Object.entries(host).filter(([key]) => !isParticular(key, kind)));
  const each = kind?.swarm?.each;
  const equal = Array.from({ length: machinesOf(host, kind) - 1 }, (_, index) => [
    `machine-${index + 2}`,
    each?.(host, index + 1),
  ]);
  const all = Object.entries({ ...(Object.fromEntries(equal) as object), ...hosts });
  return Object.fromEntries(all.map(([name, own]) => [name, isMap(own) ? { ...common, ...own } : own]));
}

/** How many machines `host` says that there are of it, its own among them; 1 where it says so wrongly. */
export function machinesOf(host: unknown, kind: Kind | undefined): number {
  const given = isMap(host) && kind?.swarm?.each !== undefined ? host.machines : undefined;
  const holds = typeof given === "number" && Number.isInteger(given) && given >= 1 && given <= mostMachines;
  return holds ? given : 1;
}

/** Whether a mistake is one of `host`, and so said there already. */
export function isTakenOver(issue: z.core.$ZodIssue, hosts: unknown, kind: Kind | undefined): boolean {
  const [first, name, key] = issue.path;
  if (first !== "hosts" || name === undefined || !isMap(hosts)) return false;
  const own = hosts[String(name)];
  // What host.machines makes says nothing of its own.
  if (own === undefined) return true;
  if (key === undefined && issue.code === "unrecognized_keys")
    return isMap(own) && !issue.keys.some((unknown) => unknown in own);
  return key !== undefined && isMap(own) && !(String(key) in own) && !isParticular(String(key), kind);
}

/** Whether a setting says what one machine is or where it is. */
function isParticular(key: string, kind: Kind | undefined): boolean {
  return kind?.beside?.particular.includes(key) === true;
}

/** `hosts` for a stack whose own host is of this kind and has to be like `one`. */
export function hostsSchema(kind: Kind | undefined, kinds: readonly Kind[], one: z.ZodType) {
  if (kind !== undefined && kind.beside === undefined) return none(kind, kinds);
  return z.record(nameSchema(kinds), one, { error: "must be a map such as { gpu: { … } }" });
}

function none({ name }: Kind, kinds: readonly Kind[]) {
  const others = kindsWith(({ beside }) => beside !== undefined, kinds);
  return rule(
    `must be left out on host kind ${name}, which is one machine; hosts of kind ${others} can have others beside them`,
    (value): value is Record<string, never> => isMap(value) && Object.keys(value).length === 0,
  );
}

/**
 * A machine's name is one of resources, as the name of the stack's own kind is. Google takes 30 characters of a service
 * account's name (https://cloud.google.com/iam/docs/service-accounts-create), of which `-vm` and Pulumi's ending are 11;
 * AWS takes no security group called `sg-…`.
 */
function nameSchema(kinds: readonly Kind[]) {
  const taken = kinds.map(({ name }) => name);
  return rule(
    `must be a name of lower-case letters, digits and dashes, at most 19, and not sg-… or ${taken.join(", ")}`,
    (value): value is string =>
      typeof value === "string" &&
      /^(?!sg-)[a-z](?:[a-z0-9-]{0,17}[a-z0-9])?$/.test(value) &&
      !taken.includes(value),
  );
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
