import type { Capacity, Host } from "../../containers/host.ts";
import type { FoundBeside, FoundHost, MadeHost, WantedHost } from "../kind.ts";
import type { CloudHostArgs } from "./host.ts";

/** How a vendor's machines are made. */
export interface Vendor<Own, Made> {
  Machine: new (name: string, args: Own & CloudHostArgs<Made>) => Made;
  size: (one: Own) => Capacity;
}

/** A host that lets another of its kind in, on these TCP ports alone. */
type CloudHost<Made> = MadeHost & { admit(other: Made, ports: readonly number[]): void };

/** Machines that a vendor is still to make: their size is known from settings alone. */
export function findCloudHost<Own extends { kind: string }, Made extends CloudHost<Made>>(
  { host, hosts, prepare, asItself, system, domain, https, protectData, innerPorts }: WantedHost<Own>,
  { Machine, size }: Vendor<Own, Made>,
): FoundHost {
  const common = { system, domain, https, protectData, innerPorts };
  const found = ([name, one]: [string, Own]): [string, FoundBeside] => [
    name,
    {
      capacity: size(one),
      open: (first: Host, { there, back }) => {
        if (!(first instanceof Machine))
          throw new Error(`hosts.${name}: must be beside a machine of ${host.kind}`);
        const beside = { host: first, ports: there };
        const own = { prepare: prepare(name), asItself: asItself(name) };
        const second = new Machine(name, { ...one, ...common, ...own, beside });
        first.admit(second, back);
        return second;
      },
    },
  ];
  return {
    capacity: size(host),
    open: () => new Machine(host.kind, { ...host, ...common, prepare: prepare(), asItself: asItself() }),
    beside: Object.fromEntries(Object.entries(hosts).map(found)),
  };
}
