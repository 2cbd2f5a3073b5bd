import type { ContainerInfo } from "dockerode";
import { nameOf } from "../docker/owned.ts";

/** A container of somebody else's where the stack's own ought to be alone. */
export interface Stray {
  name: string;
  found: string;
  remedy: string;
}

export interface StrayArgs {
  containers: readonly ContainerInfo[];
  /** The stack's networks on this machine. */
  networks: readonly string[];
  /** Nobody else is expected to publish a port there. */
  alone: boolean;
}

/** On a container that joins a stack's network on purpose: the network's name. */
export const neighbourLabel = "berth.neighbour";

/** Containers without Berth's label on a stack's networks, and ports of theirs that the public may reach. */
export function straysIn({ containers, networks, alone }: StrayArgs): Stray[] {
  return containers
    .filter(({ Labels }) => Labels["berth.stack"] === undefined)
    .flatMap((one) => {
      const joined = Object.keys(one.NetworkSettings.Networks).filter((name) => networks.includes(name));
      const uninvited = joined.filter((name) => one.Labels[neighbourLabel] !== name);
      const ports = alone || joined.length > 0 ? publicPorts(one) : [];
      const parts = [
        ...uninvited.map((name) => `is on the stack's network ${name}`),
        ...ports.map((port) => `publishes ${port} past the proxy`),
      ];
      const name = nameOf(one);
      const invite = uninvited.map((network) => `, or label it ${neighbourLabel}=${network}`).slice(0, 1);
      const remedy = `docker rm -f ${name}${ports.length === 0 ? invite.join("") : ""}`;
      return parts.length === 0 ? [] : [{ name, found: parts.join(", "), remedy }];
    });
}

function publicPorts({ Ports }: ContainerInfo): string[] {
  const open = Ports.filter(
    // One that is exposed and not published has no public port, whatever the type says.
    ({ PublicPort, IP }) => PublicPort > 0 && !IP.startsWith("127.") && IP !== "::1",
  );
  return [
    ...new Set(open.map(({ IP, PublicPort }) => (IP.includes(":") ? `[${IP}]` : IP) + `:${PublicPort}`)),
  ];
}
