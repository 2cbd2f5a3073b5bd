import type { Prepare } from "../../machine/gate.ts";

/** What every machine of a vendor is told beside its own settings. */
export interface CloudHostArgs<Made> {
  system: string;
  /** Public name, empty where there is none. */
  domain: string;
  /** The proxy serves HTTPS too, so 443 is open. @default false */
  https?: boolean;
  /** Keep disk and address when everything else is destroyed. */
  protectData: boolean;
  /**
   * A host whose network this one joins, to be reached by it alone, on these ports; the public doesn't come in.
   * @default a network of its own, open to the public on the proxy's ports
   */
  beside?: { host: Made; ports: readonly number[] };
  /**
   * Machines with which it is one swarm, open to the public as the first of them is.
   * @default it is in none
   */
  swarm?: SwarmPlace<Made>;
  /**
   * TCP ports that the machine's own firewall leaves to its network, where the vendor's lets in who may and nobody
   * else: a machine reads its own only when it is made, and what is placed beside it comes later. @default none
   */
  innerPorts?: readonly number[];
  /** Images of the vendor's registries that the machine pulls as itself, and so has to be allowed to. @default none */
  asItself?: readonly string[];
  /** Done on the machine before the first container. @default nothing */
  prepare?: Prepare;
}

/** Where in a swarm a machine is. */
export interface SwarmPlace<Made> {
  /** The first machine, whose network it joins. @default it is the first itself */
  host?: Made;
  /** 0 is the first's. */
  place: number;
  /** The public comes in at this one. */
  open: boolean;
}

/**
 * What is the stack's own machine's alone: the disk that holds data, an address that stays when all else goes, and the
 * vendor's refusal to delete it. Other machines of a swarm hold nothing that another doesn't, and go by a number.
 */
export function isFirst({ swarm }: { swarm?: { place: number } }): boolean {
  return swarm === undefined || swarm.place === 0;
}

/**
 * Tag or label of an address that goes with its machine; the policy pack asks none of these to be protected, as it does
 * all others.
 */
export const passing = { "berth-address": "of-a-member" };

/** What of the proxy is open on a machine. */
export function webOf({
  beside,
  swarm,
  https = false,
}: Pick<CloudHostArgs<unknown>, "beside" | "swarm" | "https">): Web {
  if (beside !== undefined || swarm?.open === false) return "closed";
  return https ? "https" : "http";
}

/** Ports that a load balancer hands to the machines: those on which the proxy is open to everyone. */
export function balancedPorts(web: Web): readonly { role: string; port: number }[] {
  const http = { role: "http", port: 80 };
  return { closed: [], http: [http], https: [http, { role: "https", port: 443 }] }[web];
}

/** What of the proxy is open to everyone: nothing on a machine beside another. */
export type Web = "closed" | "http" | "https";
