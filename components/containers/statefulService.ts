import type * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import { container } from "./container.ts";
import type { ContainerSpec } from "./containerSpec.ts";
import { formerlyIn, type Belonging } from "./former.ts";
import type { Overridable } from "./override.ts";
import type { Scope } from "./scope.ts";

export interface StatefulServiceArgs extends Overridable {
  scope: Scope;
  spec: ContainerSpec;
  dependsOn?: pulumi.Resource[];
}

/**
 * The one container that may touch some data or port: the old one has stopped before the new one starts.
 *
 * @example
 * const cache = new StatefulService("cache", {
 *   scope,
 *   spec: {
 *     image: scope.image("redis:7"),
 *     user: "999:999",
 *     networks: [{ network: network.networkName, aliases: ["cache"] }],
 *     limits: { cpus: 0.5, memory: 128 },
 *     graceSeconds: 10,
 *   },
 * });
 */
export class StatefulService {
  readonly container: docker.Container;

  constructor(name: string, args: StatefulServiceArgs, belonging: Belonging = {}) {
    const { scope, spec, dependsOn, override } = args;
    this.container = container(name, spec, {
      scope,
      service: name,
      role: "service",
      options: formerlyIn("berth:components:StatefulService", name, belonging),
      dependsOn,
      override,
      deleteFirst: true,
    });
  }
}
