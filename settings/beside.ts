import * as z from "zod";
import { hostKinds, type HostKind } from "../components/hosts/host.ts";
import { rule } from "../lib/rules.ts";

/** What a machine is and where it is: said of each, never taken over from the stack's own. */
const particular = [
  ...["address", "hostKey", "capacity", "publicAddress", "privateAddress"],
  ...["machineType", "instanceType", "gpu", "dataDisk", "dns", "rebuild"],
];

/**
 * The settings of the machines beside the stack's own, each completed by `host`: whatever `host` says of how machines
 * are made and reached holds for all, unless it is said otherwise.
 */
export function completed(hosts: unknown, host: unknown): unknown {
  if (!isMap(hosts) || !isMap(host)) return hosts;
  const common = Object.fromEntries(Object.entries(host).filter(([key]) => !particular.includes(key)));
  return Object.fromEntries(
    Object.entries(hosts).map(([name, own]) => [name, isMap(own) ? { ...common, ...own } : own]),
  );
}

/** Whether a mistake at this path is one of `host`, and so said there already. */
export function isTakenOver(path: readonly PropertyKey[], hosts: unknown): boolean {
  const [first, name, key] = path;
  if (first !== "hosts" || name === undefined || key === undefined || !isMap(hosts)) return false;
  const own = hosts[String(name)];
  return isMap(own) && !(String(key) in own) && !particular.includes(String(key));
}

const hostName = rule(
  `must be a name of lower-case letters, digits and dashes, at most 20, and not ${hostKinds.join(", ")}`,
  (value): value is string =>
    typeof value === "string" &&
    /^[a-z](?:[a-z0-9-]{0,18}[a-z0-9])?$/.test(value) &&
    !hostKinds.some((kind) => kind === value),
);

const none = rule(
  "must be left out on host kind local, which is one machine; hosts of kind existing, gce and ec2 can have others beside them",
  (value): value is Record<string, never> => isMap(value) && Object.keys(value).length === 0,
);

/** `hosts` for a stack whose own host is of this kind and shape. */
export function hostsSchema(kind: HostKind | undefined, one: z.ZodType) {
  if (kind === "local") return none;
  return z.record(hostName, one, { error: "must be a map such as { gpu: { … } }" });
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
