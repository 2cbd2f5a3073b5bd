import type { Input } from "@pulumi/pulumi";
import type { PublishedPort } from "./containerSpec.ts";

/** What a machine's containers need to know where a stack has several machines. */
export interface Neighbours {
  /** The machine's address on the private network; what others may call is published there and nowhere else. */
  readonly address: Input<string>;
  /** Services of this machine that other machines call, by name. */
  readonly offered: ReadonlySet<string>;
  /** Names of services that this machine's containers call elsewhere → the private address where they answer. */
  readonly elsewhere: Readonly<Record<string, Input<string>>>;
}

/** The port of a service as other machines find it; nothing where none calls it. */
export function offeredPorts(
  { neighbours }: { readonly neighbours?: Neighbours },
  service: string,
  port: number,
): PublishedPort[] {
  if (neighbours?.offered.has(service) !== true) return [];
  return [{ ip: neighbours.address, host: port, inside: port }];
}
