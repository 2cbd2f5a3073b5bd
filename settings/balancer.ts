import type { Kind } from "../components/hosts/kind.ts";
import { kindsWith } from "../components/hosts/registry.ts";
import { show } from "../lib/problems.ts";
import type { SystemDefinition } from "../systems/define.ts";
import { proxyStays, type Stored } from "./everywhere.ts";
import { isMap } from "./beside.ts";

interface Given {
  host: unknown;
  hosts: unknown;
  swarm: unknown;
}

/** What is wrong with a load balancer before these machines, path → rule: it stands where the public comes in at several. */
export function balancerProblems(
  { host, hosts, swarm }: Given,
  { kind }: { kind: Kind | undefined },
): [path: string[], rule: string][] {
  if (!isMap(host) || host.loadBalancer !== true || kind?.swarm?.balanced !== true) return [];
  const path = ["host", "loadBalancer"];
  const several = swarm !== false && isMap(hosts) && Object.keys(hosts).length > 0;
  const rule =
    "must be left out where the public comes in at one machine; host.machines: 3 makes several that it can stand before";
  return several ? [] : [[path, rule]];
}

/** A load balancer before machines of which one alone has a proxy, as all settings together have it; a line, or none. */
export function idleBalancer(host: unknown, definition: SystemDefinition, stored: Stored): string[] {
  if (!isMap(host) || host.loadBalancer !== true || !proxyStays(definition, stored)) return [];
  return [
    `host.loadBalancer: must be left out in system ${definition.name}, whose proxy is on host alone, with the files that it serves, got true`,
  ];
}

/** A load balancer on a kind of host that has none, as `path: rule, got value`; nothing of any other problem. */
export function unknownBalancer(
  problem: string,
  host: unknown,
  kind: Kind | undefined,
  kinds: readonly Kind[],
): string | undefined {
  const [path, rule = ""] = problem.split(": ");
  const unknown = path === "host.loadBalancer" && rule.startsWith("unknown key");
  if (!unknown || kind === undefined || !isMap(host)) return undefined;
  const others = kindsWith((one) => one.swarm?.balanced === true, kinds);
  const instead =
    kind.swarm === undefined
      ? "is one machine"
      : "has no vendor that Berth asks for one; stand one of your own before the servers";
  return `host.loadBalancer: must be left out on host kind ${kind.name}, which ${instead}; on kind ${others} it is true or false, got ${show(host.loadBalancer)}`;
}
