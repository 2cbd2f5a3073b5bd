import * as command from "@pulumi/command/local/index.js";
import * as pulumi from "@pulumi/pulumi";
import type { Connection } from "../ssh/connection.ts";
import { roleOf, swarmScript, type Member, type SwarmStep } from "./swarmScript.ts";

/** A machine that is to be in a swarm; what its vendor tells of it is known once it is there. */
export interface JoiningMachine {
  /** Its name in the stack. */
  machine: string;
  connection: pulumi.Input<Connection>;
  /** On the network that the machines share. */
  address: pulumi.Input<string>;
}

export interface SwarmArgs {
  stack: string;
  /** Each prepared, the stack's own first. */
  machines: readonly [JoiningMachine, ...JoiningMachine[]];
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
  const [first, ...others] = machines;
  const manager = known(first);
  const logging = command.Logging.Stderr;
  const made = (
    name: string,
    [create, remove]: [SwarmStep, SwarmStep],
    place: number,
    after: pulumi.Resource[],
  ) => {
    const there = known(machines[place] ?? first);
    const role = roleOf(place, machines.length);
    const run = (step: SwarmStep) =>
      pulumi
        .all([manager, there])
        .apply(([one, member]) => swarmScript(step, { stack, manager: one, member, role }));
    // Another key is another machine.
    const triggers = [there.apply(({ connection }) => connection.target.hostKey)];
    const steps = { create: run(create), delete: run(remove) };
    return new command.Command(
      name,
      { ...steps, logging, triggers },
      // Of two machines of one name, the one that goes would be the one that came.
      { parent, dependsOn: after, deleteBeforeReplace: true },
    );
  };
  const begun = made("swarm", ["begin", "end"], 0, dependsOn ?? []);
  // Managers that come or go together may lose their majority.
  return others.reduce<pulumi.Resource[]>(
    (joined, { machine }, index) => [
      ...joined,
      made(`swarm-${machine}`, ["join", "leave"], index + 1, joined),
    ],
    [begun],
  );
}

function known({ machine, connection, address }: JoiningMachine): pulumi.Output<Member> {
  return pulumi
    .all([connection, address])
    .apply(([way, there]): Member => ({ machine, connection: way, address: there }));
}
