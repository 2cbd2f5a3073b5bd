import type { ContainerInfo } from "dockerode";
import { nameOf } from "../docker/owned.ts";

/** A container of somebody else's where the stack's own ought to be alone. */
export interface Stray {
  name: string;
  found: string;
}

export interface StrayArgs {
  containers: readonly ContainerInfo[];
  /** The stack's networks on this machine. */
  networks: readonly string[];
  /** Nobody else is expected to publish a port there. @default only strays on the stack's networks count */
  alone: boolean;
}

/** Containers without Berth's label on a stack's networks, and ports of theirs that the public may reach. */
export function straysIn({ containers, networks, alone }: StrayArgs): Stray[] {
  return containers
    .filter(({ Labels }) => Labels["berth.stack"] === undefined)
    .flatMap((one) => {
      const joined = Object.keys(one.NetworkSettings.Networks).filter((name) => networks.includes(name));
      const ports = publicPorts(one);
      if (joined.length === 0 && (ports.length === 0 || !alone)) return [];
      const parts = [
        ...joined.map((name) => `is on the stack's network ${name}`),
        ...ports.map((port) => `publishes ${port} past the proxy`),
      ];
      return [{ name: nameOf(one), found: parts.join(", ") }];
    });
}

function publicPorts({ Ports }: ContainerInfo): string[] {
  const open = Ports.filter(
    ({ PublicPort = 0, IP = "" }) => PublicPort > 0 && !IP.startsWith("127.") && IP !== "::1",
  );
  return [
    ...new Set(open.map(({ IP, PublicPort }) => (IP.includes(":") ? `[${IP}]` : IP) + `:${PublicPort}`)),
  ];
}
