import type { Machine } from "../../components/machine/machine.ts";
import { parseSettings } from "../../settings.ts";
import { presets } from "../../settings/schema.ts";
import { placementSchema } from "../../settings/placement.ts";
import { problemsOf } from "../../lib/problems.ts";
import type { SystemDefinition } from "../../systems/define.ts";
import { waysOf, type Ways } from "../../settings/ways.ts";
import { settingsOf, type Config } from "../overrides.ts";
import { Refusal } from "../refusal.ts";
import type { Unprepared } from "./host.ts";

type Neighbours = NonNullable<Machine["neighbours"]>;

/** Whom each server's firewall lets in beside the public: the stack's other machines, on the ports they call. */
export interface FirewallNeighbours {
  first: Neighbours;
  beside: Record<string, Neighbours>;
}

/** Addresses with which each machine of a stack is one swarm. */
export interface SwarmPeers {
  first: string[];
  beside: Record<string, string[]>;
}

/** Nothing where the machines of a config aren't a swarm. Throws {@link Refusal}. */
export function peersOf(
  config: Config,
  { host, hosts }: Pick<Unprepared, "host" | "hosts">,
): SwarmPeers | undefined {
  if (!isSwarm(settingsOf(config))) return undefined;
  const origin = privateAddress(host, "host");
  const others = Object.entries(hosts).map(
    ([name, one]) => [name, privateAddress(one, `hosts.${name}`)] as const,
  );
  const all = [origin, ...others.map(([, address]) => address)];
  const without = (own: string) => all.filter((address) => address !== own);
  return {
    first: without(origin),
    beside: Object.fromEntries(others.map(([name, address]) => [name, without(address)])),
  };
}

/** Sizes and keys aren't known yet, so machines are left out of what is checked here. Throws {@link Refusal}. */
export function neighboursOf(
  config: Config,
  { host, hosts }: Pick<Unprepared, "host" | "hosts">,
  own?: SystemDefinition,
): FirewallNeighbours {
  const names = Object.keys(hosts);
  if (names.length === 0) return { first: [], beside: {} };
  const given = settingsOf(config);
  const settings = parseSettings({ ...given, host: presets.host, hosts: {}, placement: {} }, own);
  const checked = placementSchema({ system: settings.definition, watched: true, hosts }).safeParse(
    given.placement ?? {},
  );
  if (!checked.success) {
    const issues = checked.error.issues.map((issue) => ({ ...issue, path: ["placement", ...issue.path] }));
    throw new Refusal(problemsOf(issues, given));
  }
  // On their overlay nobody needs a port of a machine.
  if (isSwarm(given)) return { first: [], beside: Object.fromEntries(names.map((name) => [name, []])) };
  const placement = Object.fromEntries(
    Object.entries(checked.data).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const origin = only(privateAddress(host, "host"));
  const machines = Object.entries(hosts).map(([name, one]) => {
    const ways = waysOf({ ...settings, placement }, name);
    return { name, ways, address: only(privateAddress(one, `hosts.${name}`)) };
  });
  const ports = (way: Ways["there"]) => [...new Set(Object.values(way))];
  return {
    first: machines.map(({ address, ways }) => ({ network: address, ports: ports(ways.back) })),
    beside: Object.fromEntries(
      machines.map(({ name, ways }) => [name, [{ network: origin, ports: ports(ways.there) }]]),
    ),
  };
}

function isSwarm({ swarm = false }: Record<string, unknown>): boolean {
  return swarm !== false && swarm !== "false";
}

function privateAddress({ privateAddress: address }: Unprepared["host"], path: string): string {
  if (address !== undefined) return address;
  throw new Refusal([
    `${path}.privateAddress: must be its address on the network that the machines share, such as "10.0.0.5", got nothing`,
  ]);
}

/** As a network of one. */
function only(address: string): string {
  return `${address}/32`;
}
