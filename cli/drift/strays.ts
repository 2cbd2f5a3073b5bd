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
  /** UDP ports that settings open there for others' programs. @default none */
  udpPorts?: readonly number[];
}

/** On a container that joins a stack's network or publishes a port beside it on purpose: the network's name. */
export const neighbourLabel = "berth.neighbour";

/** Containers without Berth's label on a stack's networks, and ports of theirs that the public may reach. */
export function straysIn({ containers, networks, alone, udpPorts = [] }: StrayArgs): Stray[] {
  return containers
    .filter(({ Labels }) => Labels["berth.stack"] === undefined)
    .flatMap((one) => {
      const label = one.Labels[neighbourLabel];
      const joined = Object.keys(one.NetworkSettings.Networks).filter((name) => networks.includes(name));
      const uninvited = joined.filter((name) => label !== name);
      const isInvited = label !== undefined && networks.includes(label);
      const ports = !isInvited && (alone || joined.length > 0) ? publicPorts(one, udpPorts) : [];
      const parts = [
        ...uninvited.map((name) => `is on the stack's network ${name}`),
        ...ports.map((port) => `publishes ${port} past the proxy`),
      ];
      const name = nameOf(one);
      const [invited] = isInvited ? [] : [...uninvited, ...networks];
      const steps = [
        ...uninvited.map((network) => `docker network disconnect ${network} ${name}`),
        ...(ports.length === 0 ? [] : ["publish it on 127.0.0.1"]),
      ];
      const invite = invited === undefined ? "" : `, or label it ${neighbourLabel}=${invited}`;
      return parts.length === 0 ? [] : [{ name, found: parts.join(", "), remedy: steps.join("; ") + invite }];
    });
}

function publicPorts({ Ports }: ContainerInfo, udpPorts: readonly number[]): string[] {
  const open = Ports.filter(
    // One that is exposed and not published has no public port, whatever the type says.
    ({ PublicPort, IP }) => PublicPort > 0 && !IP.startsWith("127.") && IP !== "::1",
  ).filter(({ PublicPort, Type }) => Type !== "udp" || !udpPorts.includes(PublicPort));
  return [
    ...new Set(open.map(({ IP, PublicPort }) => (IP.includes(":") ? `[${IP}]` : IP) + `:${PublicPort}`)),
  ];
}
