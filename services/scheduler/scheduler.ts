import * as pulumi from "@pulumi/pulumi";
import { StatefulService } from "../../components/containers/statefulService.ts";
import { applicationSpec } from "../application/application.ts";
import { containedOne, type Contained } from "../monitoring/contained.ts";
import { withHealth } from "../application/serviceHealth.ts";
import type { WorkerArgs } from "../worker/worker.ts";

/**
 * A process of which there is one at any moment, such as Celery's beat: on a release the old one has stopped before
 * the new one starts, so for some seconds there is none, and never two.
 *
 * @example
 * new Scheduler("beat", {
 *   scope,
 *   network,
 *   service: services.beat,
 *   command: celeryBeat({ app: "app.celery_app", folder: "/tmp" }),
 *   links: [redis],
 *   health: heartbeatHealth("/tmp/beat-heartbeat", 120),
 * });
 */
export class Scheduler extends pulumi.ComponentResource {
  /** Its container, as the Docker Engine names it. */
  readonly containers: pulumi.Output<Contained[]>;

  constructor(name: string, args: WorkerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:services:Scheduler", name, {}, opts);
    const { scope } = args;
    const { spec, dependsOn } = applicationSpec(name, args, this);
    const { container } = new StatefulService(
      name,
      { scope, spec: withHealth(spec, args, args.health), dependsOn, override: args.override },
      { parent: this },
    );
    this.containers = containedOne(name, container);
    this.registerOutputs();
  }
}
