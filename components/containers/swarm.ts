import type * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { Host } from "./host.ts";

/** A machine of a swarm, as a scope has it. */
export interface SwarmMachine {
  /** Its name among `hosts`; absent for the stack's own. */
  readonly machine?: string;
  readonly host: Host;
  readonly image: (reference: string) => pulumi.Input<string>;
}

/** The machines of a stack as one Docker Swarm, with the stack's own as a manager. */
export interface Swarm {
  /** There once every machine has joined. */
  readonly joined: pulumi.Resource[];
  /** Another one where all is begun anew, since none of the machines before went on with it. @default it stays */
  readonly identity?: pulumi.Output<string>;
  /**
   * Makes what stops a service's containers, within so many seconds, before the service is deleted, or a network that it
   * is on, by its id. With `sweep`, which changes from release to release, also what removes after each the volumes that
   * Docker left for nobody.
   */
  readonly stop: (
    name: string,
    going: {
      service: docker.Service;
      seconds: number;
      networks: pulumi.Input<string>[];
      sweep?: pulumi.Output<string>;
    },
    options: { parent?: pulumi.Resource },
  ) => void;
  /**
   * Makes what removes the stack's things from each machine that leaves, before the network that they are on, and yields
   * it: services depend on it, so that they are gone by then where the whole stack goes.
   */
  readonly tidy?: (network: docker.Network, options: { parent?: pulumi.Resource }) => pulumi.Resource[];
  /** Whether what containers say to each other from machine to machine is encrypted. */
  readonly encrypted: boolean;
  /** The largest packet that the network between the machines carries, in bytes. @default 1500, as Docker has it */
  readonly mtu?: number;
  /** The stack's own first. */
  readonly machines: readonly [SwarmMachine, ...SwarmMachine[]];
  /** What every machine runs for an image reference: an image id, once each of them has it. */
  readonly image: (reference: string) => pulumi.Input<string>;
}
