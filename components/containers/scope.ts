import type * as pulumi from "@pulumi/pulumi";
import type { Host } from "./host.ts";
import type { Logging } from "./logDrivers.ts";
import type { Neighbours } from "./neighbours.ts";
import type { Jobs } from "./jobs.ts";
import type { Swarm } from "./swarm.ts";

/** What all parts of one system share. */
export interface Scope {
  /** Name of the system, such as `attn`. */
  readonly system: string;
  /** Name of the Pulumi stack. */
  readonly stack: string;
  readonly host: Host;
  /** Its name among `hosts`; absent for the stack's own. */
  readonly machine?: string;
  /** What the host runs for an image reference: an image id, or `name@digest`. */
  readonly image: (reference: string) => pulumi.Input<string>;
  /**
   * Image of the containers that carry files into volumes; nothing of it runs. Its config names no user: Docker would
   * give the files to that one (moby/moby daemon/archive_tarcopyoptions_unix.go).
   */
  readonly filesImage: pulumi.Input<string>;
  /** What there is on other machines of the stack. @default there is one machine */
  readonly neighbours?: Neighbours;
  /** The stack's machines together. @default each is by itself */
  readonly swarm?: Swarm;
  /** Knows every job, for a program that is to end with the first one that fails. */
  readonly jobs?: Jobs;
  /** Docker's name of the private network, where two stacks of one system share a machine. @default the system's own */
  readonly networkName?: string;
  /** Where Docker takes what containers write. @default files of the engine's own, at most 50 MB a container */
  readonly logging?: Logging;
  /** Keep data and passwords when everything else is destroyed. */
  readonly protectData: boolean;
  /** Services of which settings keep what they run as a secret. @default none */
  readonly secretWords?: ReadonlySet<string>;
  /** How often a generated secret was rotated, and one; by its name. @default each is the first */
  readonly rotate?: Readonly<Record<string, number>>;
}
