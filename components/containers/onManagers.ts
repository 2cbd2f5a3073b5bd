import * as pulumi from "@pulumi/pulumi";
import { keptOnHost, type OnHost } from "./host.ts";
import type { Scope } from "./scope.ts";

/** Of so many machines three are managers, of whom two go on without one; see `roleOf`. */
const leastOutlived = 3;

/**
 * Options of what the managers of a swarm hold, wherever it is used: networks, services, secrets. Where others manage it
 * beside the stack's own machine, a new one of that finds all of it there; in another swarm it is made anew.
 */
export function onManagers({ swarm, host }: Scope): OnHost & pulumi.CustomResourceOptions {
  if (swarm === undefined) return host.onHost;
  const { onHost } = swarm.machines[0].host;
  if (onHost.replaceWith === undefined || swarm.identity === undefined) return onHost;
  // Nobody else manages one of two machines, so that a preview knows what a new first machine does to all of it.
  if (pulumi.runtime.isDryRun() && swarm.machines.length < leastOutlived) return onHost;
  // What isn't known yet the engine takes for another, and a preview doesn't know it whenever a machine comes or goes.
  const identity = pulumi.runtime.isDryRun() ? {} : { replacementTrigger: swarm.identity };
  return { ...keptOnHost(onHost), ...identity };
}
