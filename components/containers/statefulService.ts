import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { container } from "./container.ts";
import type { ContainerSpec } from "./containerSpec.ts";
import type { Scope } from "./scope.ts";

export interface StatefulServiceArgs {
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
export class StatefulService extends pulumi.ComponentResource {
  readonly container: docker.Container;

  constructor(name: string, args: StatefulServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:components:StatefulService", name, {}, opts);
    const { scope, spec, dependsOn } = args;
    this.container = container(name, spec, {
      scope,
      service: name,
      role: "service",
      parent: this,
      dependsOn,
      deleteFirst: true,
    });
    this.registerOutputs();
  }
}
