import { Service } from "@pulumi/gcp/projects/index.js";
import * as pulumi from "@pulumi/pulumi";

/**
 * What an empty project has turned off and a machine needs. The plugin asks Cloud Resource Manager for a project's
 * policy, and for the project whenever it looks whether an API is on; a service account may do so where its own project
 * has that on.
 */
export const machineApis = [
  "cloudresourcemanager",
  "compute",
  "iam",
  "iap",
  "logging",
  "monitoring",
  "oslogin",
];

/** APIs a stack uses, turned on and left on: others in the project may use them too. */
export class GceApis extends pulumi.ComponentResource {
  constructor(name: string, args: { apis: readonly string[] }, opts?: pulumi.ComponentResourceOptions) {
    super("berth:hosts:gce:Apis", name, {}, opts);
    for (const api of args.apis) {
      new Service(
        `${name}-${api}`,
        { service: `${api}.googleapis.com`, disableOnDestroy: false },
        { parent: this },
      );
    }
    this.registerOutputs();
  }
}
