import { isIPv6 } from "node:net";
import * as pulumi from "@pulumi/pulumi";
import type { Scope } from "../components/containers/scope.ts";
import { entranceOf, type Host, type Publication } from "../components/containers/host.ts";
import { recordsByHand, type HandMadeRecord } from "../components/dns/byHand.ts";
import type { Settings } from "../settings.ts";
import { allNames } from "../settings/domains.ts";
import { proxyStays } from "../settings/everywhere.ts";
import type { System } from "./system.ts";
import type { Beside } from "./places.ts";

/** What other teams read of a stack. Keys are only ever added within a version. */
export interface Outputs {
  version: "1";
  system: string;
  /** Name or IP address at which the public comes in: the machine's, or a load balancer's before several. */
  address: pulumi.Output<string>;
  /** Pages by what they show. Known once everything serves. */
  urls: pulumi.Output<Record<string, string>>;
  /** HTTP services inside the network, by name. */
  endpoints: Record<string, string>;
  /** Docker's name of the private network. */
  network: pulumi.Output<string>;
  /** The command that takes a person to the machine. */
  access: pulumi.Output<string>;
  /** DNS records that are left to the domain's owner; absent where there are none. */
  records?: pulumi.Output<HandMadeRecord[]>;
  /** Machines beside the stack's own, by name; absent where there are none. */
  machines?: Record<string, Machine>;
  /** What its machines cost a month in US dollars; absent where none is rented, or a price isn't known. */
  monthlyCost?: number;
  /** Passwords for people, by what they open; absent where there are none. */
  secrets?: pulumi.Output<Record<string, string>>;
  [key: string]: unknown;
}

export interface Machine {
  /** On the private network. */
  address: pulumi.Output<string>;
  /** The command that takes a person to it. */
  access: pulumi.Output<string>;
}

export interface Built {
  host: Host;
  /** Services on machines beside it. */
  beside: Readonly<Record<string, Beside>>;
  /** Machines that are one swarm with it. @default none */
  members?: readonly Scope[];
  system: System;
}

export function outputs(settings: Settings, { host, beside, members = [], system }: Built): Outputs {
  const others = [
    ...Object.values(beside).map(({ machine, scope }) => [machine, scope.host] as const),
    ...members.map((one) => [one.machine ?? "", one.host] as const),
  ];
  const machines = others.map(([machine, one]) => [machine, machineOf(one)] as const);
  const cost = wholeCost([host, ...others.map(([, one]) => one)]);
  const names = isLoopback(host.publication.ip) ? [] : allNames(settings);
  const answering = proxyStays(settings.definition, settings) ? [] : members.map((one) => one.host);
  const unnamed = names.filter((name) => host.named?.includes(name) !== true);
  const entrance = entranceOf(host);
  const base = entrance.apply((address) => origin(settings.domain || address, host.publication));
  return {
    version: "1",
    system: settings.system,
    address: entrance,
    urls: pulumi.all([base, system.ready]).apply(([url]) => pageUrls(url, system.pages)),
    endpoints: Object.fromEntries(system.endpoints.map(({ name, url }) => [name, url])),
    network: system.network,
    access: host.access,
    ...(unnamed.length > 0 && {
      records: pulumi
        .all([...(host.entrances ?? [host, ...answering].map(({ address }) => address))])
        .apply((addresses) => recordsToAll(unnamed, addresses)),
    }),
    ...(machines.length > 0 && { machines: Object.fromEntries(machines) }),
    ...(cost !== undefined && { monthlyCost: cost }),
    ...(system.secrets && { secrets: pulumi.secret(system.secrets) }),
  };
}

/** A record a name and machine. A name has one CNAME at most, so one of several machines is known by its IP address. */
function recordsToAll(names: readonly string[], addresses: readonly string[]): HandMadeRecord[] {
  const each = addresses.flatMap((address) => recordsByHand(names, address));
  return addresses.length === 1 ? each : each.filter(({ type }) => type !== "CNAME");
}

function wholeCost(hosts: readonly Host[]): number | undefined {
  const costs = hosts.flatMap(({ monthlyCost }) => monthlyCost ?? []);
  if (costs.length < hosts.length) return undefined;
  return Math.round(costs.reduce((sum, cost) => sum + cost, 0) * 100) / 100;
}

function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}

function machineOf({ privateAddress, address, access }: Host): Machine {
  return { address: privateAddress ?? address, access };
}

function pageUrls(base: string, pages: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(pages).map(([page, path]) => [page, `${base}${path}`]));
}

/** `http://127.0.0.1:8080`; a loopback address is written as people write it. */
export function origin(address: string, { http, https }: Pick<Publication, "http" | "https">): string {
  const host = isIPv6(address) ? `[${address}]` : address;
  const name = address === "127.0.0.1" ? "localhost" : host;
  if (https !== undefined) return https === 443 ? `https://${name}` : `https://${name}:${https}`;
  return http === 80 ? `http://${name}` : `http://${name}:${http}`;
}
