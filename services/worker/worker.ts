import * as pulumi from "@pulumi/pulumi";
import type { HealthCheck } from "../../components/containers/health.ts";
import { ReplicatedService } from "../../components/containers/replicatedService.ts";
import { withHealth } from "../application/serviceHealth.ts";
import { hasOneWriter } from "../application/serviceSettings.ts";
import { applicationSpec, type ApplicationArgs } from "../application/application.ts";
import { contained, type Contained } from "../monitoring/contained.ts";

export interface WorkerArgs extends ApplicationArgs {
  /** How it is asked whether it is healthy. */
  health: HealthCheck;
}

/**
 * An application that takes its work from a queue. On a release the old ones finish what they hold.
 *
 * @example
 * new Worker("worker", {
 *   scope,
 *   network,
 *   service: services.worker,
 *   command: celeryWorker({ app: "app.celery_app", queues: ["mail"], concurrency: 2 }),
 *   links: [redis],
 *   health: heartbeatHealth("/tmp/worker-heartbeat", 60),
 * });
 */
export class Worker extends pulumi.ComponentResource {
  /** Each container, as the Docker Engine names it. */
  readonly containers: pulumi.Output<Contained[]>;

  constructor(name: string, args: WorkerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:services:Worker", name, {}, opts);
    const { scope, service } = args;
    const { spec, dependsOn } = applicationSpec(name, args, this, { spreads: true });
    const replicas = new ReplicatedService(
      name,
      {
        scope,
        replicas: service.replicas,
        spec: withHealth(spec, args, args.health),
        dependsOn,
        deleteFirst: hasOneWriter(service),
        override: args.override,
      },
      { parent: this },
    );
    this.containers = contained(name, replicas.containers, replicas.ids);
    this.registerOutputs();
  }
}
