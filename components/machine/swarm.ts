import * as command from "@pulumi/command/local/index.js";
import type * as pulumi from "@pulumi/pulumi";
import { roleOf, swarmScript, type Member, type SwarmStep } from "./swarmScript.ts";

export interface SwarmArgs {
  stack: string;
  /** Each prepared, the stack's own first. */
  machines: readonly [Member, ...Member[]];
  /** What has to be there before anyone can get in. */
  dependsOn?: pulumi.Resource[];
}

/**
 * Joins machines to one swarm, one after the other, and takes each out of it that the stack lets go of. Yields what is
 * there once all have joined.
 */
export function joinSwarm(
  { stack, machines, dependsOn }: SwarmArgs,
  parent?: pulumi.Resource,
): pulumi.Resource[] {
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
  return others.reduce<pulumi.Resource[]>(
    (joined, { machine }, index) => [
      ...joined,
      made(`swarm-${machine}`, ["join", "leave"], index + 1, joined),
    ],
    [first],
  );
}
