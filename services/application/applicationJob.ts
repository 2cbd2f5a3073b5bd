import * as pulumi from "@pulumi/pulumi";
import { Job } from "../../components/containers/job.ts";
import { applicationSpec, jobSpec, type ApplicationArgs } from "./application.ts";
import type { Gate } from "./link.ts";

export interface ApplicationJobArgs extends Omit<ApplicationArgs, "developmentCommand"> {
  command: string[];
}

/**
 * A command of an application's image that runs once for each new image and setting: migrations, a check of the
 * environment, files to collect. Hand it to services as one of their `gates`, and they wait for its success.
 *
 * @example
 * const migration = new ApplicationJob("migration", {
 *   scope,
 *   network,
 *   service: services.api,
 *   command: ["python", "manage.py", "migrate"],
 *   links: [postgres],
 * });
 * new WebService("api", { scope, network, service: services.api, links: [postgres], gates: [migration] });
 */
export class ApplicationJob extends pulumi.ComponentResource implements Gate {
  readonly #job: Job;

  constructor(name: string, args: ApplicationJobArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:services:ApplicationJob", name, {}, opts);
    const { scope, service, command } = args;
    const { spec, dependsOn } = applicationSpec(name, args, this);
    this.#job = new Job(
      name,
      {
        scope,
        service: service.name,
        spec: jobSpec(spec, command),
        dependsOn,
        override: args.override,
        application: true,
      },
      { parent: this },
    );
    this.registerOutputs();
  }

  gate<T>(value: pulumi.Input<T>): pulumi.Output<T> {
    return this.#job.gate(value);
  }
}
