import type * as docker from "@pulumi/docker";
import * as command from "@pulumi/command/local/index.js";
import * as pulumi from "@pulumi/pulumi";
import type { Swarm } from "../containers/swarm.ts";
import type { Connection } from "../ssh/connection.ts";
import { roleOf, stopScript, sweepScript, swarmScript, type Member, type SwarmStep } from "./swarmScript.ts";

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
  /** A machine that is let go of stays as it is: what was put on it is removed there. @default false */
  stay?: boolean;
}

/**
 * Joins machines to one swarm, one after the other, and takes each out of it that the stack lets go of.
 */
export function joinSwarm(
  { stack, machines, dependsOn, stay = false }: SwarmArgs,
  parent?: pulumi.Resource,
): Pick<Swarm, "joined" | "identity" | "stop" | "tidy"> {
  const [first, ...others] = machines;
  const manager = known(first);
  const beside = pulumi.all(others.map(known));
  // Not `command.Logging`: a loader may leave out what that module re-exports.
  const logging = "stderr" as const;
  const made = (
    name: string,
    [create, remove]: [SwarmStep, SwarmStep],
    place: number,
    after: pulumi.Resource[],
  ) => {
    const there = known(machines[place] ?? first);
    const role = roleOf(place, machines.length);
    const run = (step: SwarmStep) =>
      pulumi.all([manager, there, beside]).apply(([one, member, all]) => {
        // Only the first asks the others whether they went on without it.
        const leading = place === 0 ? all : [];
        return swarmScript(step, { stack, manager: one, member, role, others: leading });
      });
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
  const joined = others.reduce<pulumi.Resource[]>(
    (before, { machine }, index) => [
      ...before,
      made(`swarm-${machine}`, ["join", "leave"], index + 1, before),
    ],
    [begun],
  );
  const stop: Swarm["stop"] = (name, going, options) => {
    stopBefore({ stack, manager, beside, passing: !stay }, { name, ...going }, options);
  };
  const tidy: Swarm["tidy"] = (network, options) =>
    others.reduce<pulumi.Resource[]>((before, other) => {
      const remove = pulumi
        .all([manager, known(other)])
        .apply(([one, member]) => swarmScript("tidy", { stack, manager: one, member }));
      // Two that are emptied at once may hold all of a service's containers between them.
      const after = [network, ...joined, ...before];
      const name = `swarm-${other.machine}-tidy`;
      const step = new command.Command(name, { delete: remove, logging }, { ...options, dependsOn: after });
      return [...before, step];
    }, []);
  return { joined, identity: begun.stdout, stop, ...(stay && { tidy }) };
}

interface Managed {
  stack: string;
  manager: pulumi.Output<Member>;
  beside: pulumi.Output<Member[]>;
  passing: boolean;
}

interface Going {
  name: string;
  service: docker.Service;
  seconds: number;
  networks: pulumi.Input<string>[];
  sweep?: pulumi.Output<string>;
}

/** Stops a service's containers before it is deleted, and does nothing before but sweep where there is something to. */
function stopBefore(
  { stack, manager, beside, passing }: Managed,
  { name, service, seconds, networks, sweep }: Going,
  { parent }: { parent?: pulumi.Resource },
): void {
  const sweeping =
    sweep &&
    pulumi
      .all([manager, beside, sweep])
      .apply(([one, all, release]) => sweepScript({ stack, service: name, members: [one, ...all], release }));
  new command.Command(
    `${name}-stop`,
    {
      // Also run at each change of it.
      create: sweeping,
      delete: pulumi.all([manager, beside, service.name, sweeping ?? ""]).apply(([one, all, found, last]) => {
        const others = passing ? all : [];
        return stopScript(one, { service: found, seconds, others, passing }, last);
      }),
      logging: "stderr",
      // A network that is made anew goes once nothing is on it.
      triggers: [service.id, ...networks],
    },
    { parent, dependsOn: [service] },
  );
}

function known({ machine, connection, address }: JoiningMachine): pulumi.Output<Member> {
  return pulumi
    .all([connection, address])
    .apply(([way, there]): Member => ({ machine, connection: way, address: there }));
}
