import type { Kind } from "../components/hosts/kind.ts";
import { kindsWith } from "../components/hosts/registry.ts";
import { show } from "../lib/problems.ts";
import type { SystemDefinition } from "../systems/define.ts";
import { proxyStays } from "../systems/facts.ts";
import { isMap } from "./beside.ts";

interface Given {
  host: unknown;
  hosts: unknown;
  swarm: unknown;
}

/** What is wrong with a load balancer before these machines, path → rule: it stands where the public comes in at several. */
export function balancerProblems(
  { host, hosts, swarm }: Given,
  { kind, system }: { kind: Kind | undefined; system: SystemDefinition },
): [path: string[], rule: string][] {
  if (!isMap(host) || host.loadBalancer !== true || kind?.swarm?.balanced !== true) return [];
  const path = ["host", "loadBalancer"];
  if (proxyStays(system))
    return [[path, `must be left out in system ${system.name}, whose proxy is on host alone`]];
  const several = swarm !== false && isMap(hosts) && Object.keys(hosts).length > 0;
  const rule =
    "must be left out where the public comes in at one machine; host.machines: 3 makes several that it can stand before";
  return several ? [] : [[path, rule]];
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
