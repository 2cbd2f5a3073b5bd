import { IAMMember } from "@pulumi/gcp/projects/index.js";
import { Account } from "@pulumi/gcp/serviceaccount/index.js";
import * as pulumi from "@pulumi/pulumi";

/** All a machine does in its project by itself. */
const roles = { logs: "roles/logging.logWriter", metrics: "roles/monitoring.metricWriter" };

/** The same as scopes, the older of the two fences around a machine's token. */
export const scopes = [
  "https://www.googleapis.com/auth/logging.write",
  "https://www.googleapis.com/auth/monitoring.write",
];

/** Who a machine is: a service account of its own that may write logs and metrics, and nothing else. */
export class GceIdentity extends pulumi.ComponentResource {
  readonly email: pulumi.Output<string>;

  constructor(name: string, args: { project: string }, opts?: pulumi.ComponentResourceOptions) {
    super("berth:hosts:gce:Identity", name, {}, opts);
    const account = new Account(name, { displayName: `Berth machine ${name}` }, { parent: this });
    for (const [role, id] of Object.entries(roles)) {
      new IAMMember(
        `${name}-${role}`,
        { project: args.project, role: id, member: pulumi.interpolate`serviceAccount:${account.email}` },
        { parent: this },
      );
    }
    this.email = account.email;
    this.registerOutputs();
  }
}
