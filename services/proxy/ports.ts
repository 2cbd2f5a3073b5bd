import type { PublishedPort } from "../../components/containers/containerSpec.ts";
import type { Publication } from "../../components/containers/host.ts";

/** Where the proxy's container listens for the public. */
export const publicPort = 80;

/** Where it listens for HTTPS. */
export const tlsPort = 443;

/**
 * Where it listens for the same over IPv6. Docker tells of two addresses of one port in an order of its own, in which a
 * refresh would see a change.
 */
export function ipv6Port(port: number): number {
  return port + 10_000;
}

/** Where a swarm's first proxy hands the certificate that was issued to the others. */
export const handingPort = 8097;

/** Where a monitored proxy shows its counters, at `/stub_status`. */
export const statusPort = 8098;

/** Where a proxy says that it is well, on its own loopback. */
export const healthPort = 8099;

/**
 * Ports of the proxy itself. A caller inside the network finds a service at the proxy, under the service's name and
 * port: were that one of these, the public could call it by sending its name.
 */
const proxyPorts: readonly number[] = [
  publicPort,
  tlsPort,
  ipv6Port(publicPort),
  ipv6Port(tlsPort),
  handingPort,
  statusPort,
  healthPort,
];

/** Where a proxy answers for a service: on the service's own port, or 8000 above one that is the proxy's. */
export function innerPort(port: number): number {
  return proxyPorts.includes(port) ? port + 8000 : port;
}

/** What of the proxy's container is on the machine's own addresses: HTTPS only where it has a certificate. */
export function publishedPorts({ ip, http, https, ipv6 }: Publication, tls: boolean): PublishedPort[] {
  const ports = [
    { host: http, inside: publicPort },
    ...(tls && https !== undefined ? [{ host: https, inside: tlsPort }] : []),
  ];
  return [
    ...ports.map((port) => ({ ip, ...port })),
    ...(ipv6 === true ? ports.map(({ host, inside }) => ({ ip: "::", host, inside: ipv6Port(inside) })) : []),
  ];
}
