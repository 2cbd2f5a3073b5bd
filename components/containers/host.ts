import type * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { ManagedServices } from "../managed/managed.ts";

/** What a machine has, known before the first resource. Memory is in MiB. */
export interface Capacity {
  cpus: number;
  memory: number;
  gpus: number;
}

/** Where the proxy's ports appear on the machine; `ip` is what they are bound to. */
export interface Publication {
  ip: string;
  http: number;
  /** Absent while nothing serves TLS. */
  https?: number;
  /** They are on the machine's IPv6 addresses too. @default false */
  ipv6?: boolean;
}

/** On a server's own ports: to everyone, or on a machine beside another's to itself alone. */
export function publicationOf(isPublic: boolean, https = false): Publication {
  return isPublic ? { ip: "0.0.0.0", http: 80, ...(https && { https: 443 }) } : { ip: "127.0.0.1", http: 80 };
}

/** Options of everything that lives on one host, so that it comes and goes with the machine. */
export type OnHost = Pick<pulumi.CustomResourceOptions, "provider" | "deletedWith" | "replaceWith">;

/**
 * Options of data: a new machine takes its disk over and finds it there, so it isn't replaced with the machine; what
 * is protected couldn't be.
 */
export function keptOnHost({ provider, deletedWith }: OnHost): OnHost {
  return { provider, deletedWith };
}

/** Addresses at which the public comes in: one, or one in each zone. */
export type Entrances = readonly [pulumi.Output<string>, ...pulumi.Output<string>[]];

/** Name or IP address at which the public reaches a system: a load balancer's, else the machine's. */
export function entranceOf({
  entrances,
  address,
}: Pick<Host, "entrances" | "address">): pulumi.Output<string> {
  return entrances?.[0] ?? address;
}

/** Where containers run. Every kind yields exactly this, and no system or service learns which kind it got. */
export interface Host {
  /** Name of its kind. */
  readonly kind: string;
  readonly provider: docker.Provider;
  /** Name or IP address under which the public reaches the machine. */
  readonly address: pulumi.Output<string>;
  /** Addresses of a load balancer before this machine and others, where names lead instead. @default there is none */
  readonly entrances?: Entrances;
  readonly capacity: Capacity;
  readonly publication: Publication;
  /** Where other machines of the stack reach it; absent where there is no private network. */
  readonly privateAddress?: pulumi.Output<string>;
  /** Domain names that it has led to the machine itself. @default none */
  readonly named?: readonly string[];
  /** The command that takes a person to the machine. */
  readonly access: pulumi.Output<string>;
  /** Its Docker is 25 or newer and can ask a starting container for its health more often. @default false */
  readonly startInterval?: boolean;
  /** What it costs a month in US dollars, where it is rented and all of its prices are known. */
  readonly monthlyCost?: number;
  /** Changes when the machine is replaced by another. */
  readonly generation: pulumi.Output<string>;
  /** Spread into the options of every resource the machine holds. */
  readonly onHost: OnHost;
  /** What the host's vendor can run instead of a container; absent where there is no vendor. */
  readonly managed?: ManagedServices;
}
