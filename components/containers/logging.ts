import * as pulumi from "@pulumi/pulumi";
import { completedOptions, defaultLogDriver, logDriver } from "./logDrivers.ts";
import type { Role } from "./labels.ts";
import type { Scope } from "./scope.ts";

/** By these labels a collector tells a line's stack, service and release. */
const originLabels = ["system", "stack", "service", "role", "hash"].map((name) => `berth.${name}`);

/** The provider's arguments for where a service's containers log. */
export function logArgs(
  { logging, stack }: Pick<Scope, "logging" | "stack">,
  service: string,
  role: Role,
): { logDriver: string; logOpts: Record<string, pulumi.Input<string>> } {
  const { driver, options = {}, secret = [] } = logging ?? { driver: defaultLogDriver };
  const { tagged = false, labelled = false } = logDriver(driver);
  const logOpts = {
    // A replica's name in it keeps the streams of CloudWatch Logs apart, each of which has one writer.
    ...(tagged && { tag: `${stack}.${service}.{{.Name}}` }),
    ...(labelled && { labels: originLabels.join(",") }),
    ...completedOptions(driver, options),
  };
  // What a job has written is read when it has ended, by the provider too, which fails where there is nothing to read.
  const kept =
    role === "job"
      ? Object.entries(logOpts).filter(([name]) => name !== "cache-disabled")
      : Object.entries(logOpts);
  const shown = kept.map(([name, value]): [string, pulumi.Input<string>] => [
    name,
    secret.includes(name) ? pulumi.secret(value) : value,
  ]);
  return { logDriver: driver, logOpts: Object.fromEntries(shown) };
}
