import * as pulumi from "@pulumi/pulumi";
import { container } from "./container.ts";
import type { ContainerSpec } from "./containerSpec.ts";
import { formerlyIn, type Belonging } from "./former.ts";
import type { Overridable } from "./override.ts";
import type { Scope } from "./scope.ts";
import { swarmService } from "./swarmService.ts";

export interface ReplicatedServiceArgs extends Overridable {
  scope: Scope;
  /** How many containers run. */
  replicas: number;
  spec: ContainerSpec;
  dependsOn?: pulumi.Resource[];
  /** Stop the old ones before the new ones start: something they write has one writer at a time. @default false */
  deleteFirst?: boolean;
}

/**
 * Containers without state of their own. New ones come up under names of their own and become healthy before
 * anything points at them; the old ones go at the end of the update, with the grace to finish their work.
 *
 * @example
 * const api = new ReplicatedService("api", {
 *   scope,
 *   replicas: 2,
 *   spec: {
 *     image: scope.image("registry.example/api:2"),
 *     user: "1000:1000",
 *     networks: [{ network: network.networkName }],
 *     limits: { cpus: 1, memory: 256 },
 *     health: httpHealth(8000, "/health"),
 *     graceSeconds: 30,
 *   },
 * });
 */
export class ReplicatedService {
  /** Names of the containers, by which they are found on their networks; of a swarm's service one for all of them. */
  readonly containers: pulumi.Output<string[]>;
  /** What each container calls itself, in `$HOSTNAME`: no other container ever has the same. */
  readonly hostnames: pulumi.Output<string[]>;
  /** The engine's ids of the containers, in the same order; a swarm's come and go by themselves and have none. */
  readonly ids: pulumi.Output<string[]>;

  constructor(name: string, args: ReplicatedServiceArgs, belonging: Belonging = {}) {
    const { scope, spec, dependsOn, override, deleteFirst } = args;
    const options = formerlyIn("berth:components:ReplicatedService", name, belonging);
    if (spec.spread !== undefined) {
      const service = swarmService(name, spec, { scope, replicas: args.replicas, options, dependsOn });
      // The name of all its healthy containers (https://docs.docker.com/engine/swarm/networking).
      this.containers = service.name.apply((found) => [`tasks.${found}`]);
      this.hostnames = this.containers;
      this.ids = pulumi.output([]);
      return;
    }
    const replicas = Array.from({ length: args.replicas }, (_, index) =>
      container(`${name}-${index + 1}`, spec, {
        scope,
        service: name,
        role: "service",
        options,
        dependsOn,
        override,
        deleteFirst,
      }),
    );
    this.containers = pulumi.all(replicas.map((replica) => replica.name));
    this.hostnames = pulumi.all(replicas.map((replica) => replica.hostname));
    this.ids = pulumi.all(replicas.map((replica) => replica.id));
  }
}
