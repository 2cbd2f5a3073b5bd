import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { completedOptions, logDriver, type LogDriverName } from "./logDrivers.ts";
import type { Scope } from "./scope.ts";

/** Where Docker takes what containers write, in its own words (https://docs.docker.com/engine/logging/configure). */
export interface Logging {
  driver: LogDriverName;
  /** @default the safest that there is: nothing that writes a line ever waits for who collects it */
  options?: Readonly<Record<string, string>>;
  /** Names of options that nobody may see. @default none */
  secret?: readonly string[];
}

/** By these labels a collector tells a line's stack, service and release. */
const originLabels = ["system", "stack", "service", "role", "hash"].map((name) => `berth.${name}`);

/** The provider's arguments for where a service's containers log. */
export function logArgs(
  { logging, stack }: Pick<Scope, "logging" | "stack">,
  service: string,
): Pick<docker.ContainerArgs, "logDriver" | "logOpts"> {
  const { driver, options = {}, secret = [] } = logging ?? { driver: "local" };
  const { tagged = false, labelled = false } = logDriver(driver);
  const logOpts = {
    // A replica's name in it keeps the streams of CloudWatch Logs apart, each of which has one writer.
    ...(tagged && { tag: `${stack}.${service}.{{.Name}}` }),
    ...(labelled && { labels: originLabels.join(",") }),
    ...completedOptions(driver, options),
  };
  const shown = Object.entries(logOpts).map(([name, value]): [string, pulumi.Input<string>] => [
    name,
    secret.includes(name) ? pulumi.secret(value) : value,
  ]);
  return { logDriver: driver, logOpts: Object.fromEntries(shown) };
}
