import type * as docker from "@pulumi/docker";
import * as command from "@pulumi/command/local/index.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Swarm } from "../containers/swarm.ts";
import { roleOf, stopScript, swarmScript, type Member, type SwarmStep } from "./swarmScript.ts";

export interface SwarmArgs {
  stack: string;
  /** Each prepared, the stack's own first. */
  machines: readonly [Member, ...Member[]];
  /** What has to be there before anyone can get in. */
  dependsOn?: pulumi.Resource[];
}

/**
 * Joins machines to one swarm, one after the other, and takes each out of it that the stack lets go of.
 */
export function joinSwarm(
  { stack, machines, dependsOn }: SwarmArgs,
  parent?: pulumi.Resource,
): Pick<Swarm, "joined" | "stop"> {
  const [manager, ...others] = machines;
  const logging = command.Logging.Stderr;
  const run = (step: SwarmStep, place: number): string =>
    swarmScript(step, { stack, manager, member: machines[place], role: roleOf(place, machines.length) });
  const made = (
    name: string,
    [create, remove]: [SwarmStep, SwarmStep],
    place: number,
    after: pulumi.Resource[],
  ) => {
    const { target } = (machines[place] ?? manager).connection;
    // Another key is another machine.
    const triggers = [target.hostKey];
    const steps = { create: run(create, place), delete: run(remove, place) };
    return new command.Command(name, { ...steps, logging, triggers }, { parent, dependsOn: after });
  };
  const first = made("swarm", ["begin", "end"], 0, dependsOn ?? []);
  // Managers that come or go together may lose their majority.
  const joined = others.reduce<pulumi.Resource[]>(
    (before, { machine }, index) => [
      ...before,
      made(`swarm-${machine}`, ["join", "leave"], index + 1, before),
    ],
    [first],
  );
  const stop: Swarm["stop"] = (name, going, options) => {
    stopBefore(manager, { name, ...going }, options);
  };
  return { joined, stop };
}

/** Stops a service's containers before it is deleted, and does nothing before. */
function stopBefore(
  manager: Member,
  { name, service, seconds }: { name: string; service: docker.Service; seconds: number },
  { parent }: { parent?: pulumi.Resource },
): void {
  new command.Command(
    `${name}-stop`,
    {
      delete: service.name.apply((found) => stopScript(manager, { service: found, seconds })),
      logging: command.Logging.Stderr,
      triggers: [service.id],
    },
    { parent, dependsOn: [service] },
  );
}
