import * as pulumi from "@pulumi/pulumi";
import type { ServiceSettings } from "./serviceSettings.ts";

/** The variables that settings add to a service; encrypted in state and hidden in previews where a setting is. */
export function ownEnvironment({
  environment,
  secretEnvironment,
}: Pick<ServiceSettings, "environment" | "secretEnvironment">): Record<string, pulumi.Input<string>> {
  if (!secretEnvironment) return environment;
  return Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, pulumi.secret(value)]));
}
