import type * as pulumi from "@pulumi/pulumi";
import { joinSwarm, type JoiningMachine } from "../../machine/swarm.ts";
import type { Connection } from "../../ssh/connection.ts";
import type { Capacity, Host } from "../../containers/host.ts";
import type { FoundBeside, FoundHost, JoinedSwarm, MadeHost, WantedHost } from "../kind.ts";
import type { CloudHostArgs } from "./host.ts";

/** How a vendor's machines are made. */
export interface Vendor<Own, Made> {
  Machine: new (name: string, args: Own & CloudHostArgs<Made>) => Made;
  size: (one: Own) => Capacity;
}

type CloudHost<Made> = MadeHost & {
  /** Lets another of its kind in, on these TCP ports alone. */
  admit(other: Made, ports: readonly number[]): void;
  readonly privateAddress: pulumi.Output<string>;
  /** Known once the machine is ready. */
  readonly connection: pulumi.Output<Connection>;
  /** Concludes what there is once of a swarm's machines, its own and others; the public comes in at each, or here alone. */
  gather(others: readonly Made[], everywhere: boolean): void;
};

/** Machines that a vendor is still to make: their size is known from settings alone. */
export function findCloudHost<Own extends { kind: string }, Made extends CloudHost<Made>>(
  { host, hosts, prepare, asItself, swarm = false, everywhere = false, ...wanted }: WantedHost<Own>,
  { Machine, size }: Vendor<Own, Made>,
): FoundHost {
  const { system, domain, https, protectData, innerPorts } = wanted;
  const common = { system, domain, https, protectData, innerPorts };
  const members: { machine: string; host: Made }[] = [];
  const found = ([name, one]: [string, Own], index: number): [string, FoundBeside] => [
    name,
    {
      capacity: size(one),
      open: (first: Host, { there, back }) => {
        if (!(first instanceof Machine))
          throw new Error(`hosts.${name}: must be beside a machine of ${host.kind}`);
        const own = { prepare: prepare(name), asItself: asItself(name) };
        if (swarm) {
          const place = { host: first, place: index + 1, open: everywhere };
          const member = new Machine(name, { ...one, ...common, ...own, swarm: place });
          members.push({ machine: name, host: member });
          return member;
        }
        const beside = { host: first, ports: there };
        const second = new Machine(name, { ...one, ...common, ...own, beside });
        first.admit(second, back);
        return second;
      },
    },
  ];
  return {
    capacity: size(host),
    open: () => {
      const own = {
        prepare: prepare(),
        asItself: asItself(),
        ...(swarm && { swarm: { place: 0, open: true } }),
      };
      return new Machine(host.kind, { ...host, ...common, ...own });
    },
    beside: Object.fromEntries(Object.entries(hosts).map(found)),
    ...(swarm && { join }),
  };

  /** All have been opened by then. */
  function join(stack: string, first: MadeHost): JoinedSwarm {
    if (!(first instanceof Machine))
      throw new Error(`hosts.${host.kind}: must be beside a machine of ${host.kind}`);
    first.gather(
      members.map((one) => one.host),
      everywhere,
    );
    const joining = ({ machine, host: one }: (typeof members)[number]): JoiningMachine => {
      return { machine, connection: one.connection, address: one.privateAddress };
    };
    const machines = [joining({ machine: host.kind, host: first }), ...members.map(joining)] as const;
    return joinSwarm({ stack, machines }, first);
  }
}
