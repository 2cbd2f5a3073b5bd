import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { containerArgs, type ContainerSpec } from "./containerSpec.ts";
import type { formerlyIn } from "./former.ts";
import { fingerprint } from "./hash.ts";
import { defaultStartSeconds, isAsked } from "./health.ts";
import { labels, looseLabels, type Role } from "./labels.ts";
import { deletesFirst } from "./deletesFirst.ts";
import { defaultLogDriver } from "./logDrivers.ts";
import { logArgs } from "./logging.ts";
import { checkedOverride, type Overridable } from "./override.ts";
import type { Scope } from "./scope.ts";
import { withSecretWords } from "./secretWords.ts";

/** Whose container it is, and how it comes and goes. */
export interface ContainerPlace extends Overridable {
  scope: Scope;
  service: string;
  role: Extract<Role, "service" | "job">;
  /** Where it belongs, and where it did. */
  options: ReturnType<typeof formerlyIn>;
  dependsOn?: pulumi.Resource[];
  /** Stop the old one before the new one starts; for what may exist only once. @default false */
  deleteFirst?: boolean;
}

/**
 * `#initerror`: a container that never became healthy is made anew, where the engine would call it up to date
 * (pulumi/pulumi pkg/resource/deploy/step_generator.go). The others change nothing when they are updated in place
 * (kreuzwerker/terraform-provider-docker resource_docker_container_funcs.go).
 */
const replaceOnChanges = ["#initerror", "healthcheck", "tmpfs", "init", "logDriver", "logOpts"];

/** One hardened container. It is made anew when any input changes and when its last start failed. */
export function container(name: string, spec: ContainerSpec, place: ContainerPlace): docker.Container {
  const { host, neighbours } = place.scope;
  // Each replica has a name of its own; the override is the whole service's.
  const component = place.role === "job" ? name : place.service;
  const { labels: more = [], ...override } = checkedOverride(component, place.override ?? {}, place.role);
  const args = {
    ...withSecretWords(
      containerArgs({ ...spec, names: { ...neighbours?.elsewhere, ...spec.names } }, host.startInterval),
      place.scope.secretWords?.has(place.service) === true,
    ),
    ...(place.role === "job" ? runOnce : runForGood(spec)),
    ...(override.logDriver === undefined
      ? logArgs(place.scope, place.service, place.role)
      : // Drivers other than Docker's files know nothing of their size.
        !isDockersFiles(override.logDriver) && { logOpts: undefined }),
    ...override,
    // Docker adds no network to a container that is to have none.
    ...(override.networksAdvanced !== undefined && { networkMode: override.networkMode }),
  };
  const inputs = more.length === 0 ? args : { ...args, labels: more };
  const hash = pulumi.unsecret(pulumi.output(inputs).apply(fingerprint));
  return new docker.Container(
    name,
    {
      ...args,
      labels: [...labels(place.scope, place.service, place.role, hash), ...looseLabels(spec), ...more],
    },
    {
      ...place.options,
      ...place.scope.host.onHost,
      dependsOn: place.dependsOn,
      deleteBeforeReplace: place.deleteFirst === true && deletesFirst(host),
      replaceOnChanges,
    },
  );
}

function isDockersFiles(driver: unknown): boolean {
  return driver === defaultLogDriver || driver === "json-file";
}

const runOnce = { mustRun: false, restart: "no", attach: true, logs: true };

function runForGood({ health }: ContainerSpec) {
  const wait = { wait: true, waitTimeout: health?.startSeconds ?? defaultStartSeconds };
  return { mustRun: true, restart: "unless-stopped", ...(isAsked(health) && wait) };
}
