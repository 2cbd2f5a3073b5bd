import type Docker from "dockerode";
import type { ContainerInfo } from "dockerode";
import { serviceOf } from "./owned.ts";

/** A proxy at which the public comes in, and the engine that has it. */
export interface PublicProxy {
  docker: Docker;
  container: ContainerInfo;
  /** Its name, such as `nginx-two` on machine `two` of a swarm. */
  service: string;
}

/** The proxy that the public reaches, where it runs. Databases may be published too, to other machines of the stack. */
export function publicProxyOf(containers: readonly ContainerInfo[]): ContainerInfo | undefined {
  return containers.find(({ Ports }) => Ports.some(isWeb));
}

/**
 * That of each machine, the stack's own first: a swarm has one on each. On a machine that is in none a proxy may be
 * published too, on an address that other machines of the stack alone reach.
 */
export function publicProxies(
  machines: readonly { docker: Docker; containers: readonly ContainerInfo[] }[],
): PublicProxy[] {
  return machines.flatMap(({ docker, containers }, index) => {
    const open = ({ Ports }: ContainerInfo) => Ports.some((port) => isWeb(port) && isEverywhere(port));
    const container = publicProxyOf(index === 0 ? containers : containers.filter(open));
    return container === undefined ? [] : [{ docker, container, service: serviceOf(container) }];
  });
}

type Port = ContainerInfo["Ports"][number];

function isWeb({ PublicPort, PrivatePort }: Port): boolean {
  return PublicPort > 0 && [80, 443].includes(PrivatePort);
}

function isEverywhere({ IP }: Port): boolean {
  return IP === "0.0.0.0" || IP === "::";
}
