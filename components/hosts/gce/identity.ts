import { IAMMember } from "@pulumi/gcp/projects/index.js";
import { Account } from "@pulumi/gcp/serviceaccount/index.js";
import * as pulumi from "@pulumi/pulumi";
import type { ImageAccess } from "./artifactRegistry.ts";

/** All that every machine does in its project by itself. */
const common = { logs: "roles/logging.logWriter", metrics: "roles/monitoring.metricWriter" };

const pulling = { images: "roles/artifactregistry.reader" };

/** The same as scopes, the older of the two fences around a machine's token. */
export function scopesOf(images: ImageAccess): string[] {
  const scopes = [
    "logging.write",
    "monitoring.write",
    ...(images === "none" ? [] : ["devstorage.read_only"]),
  ];
  return scopes.map((scope) => `https://www.googleapis.com/auth/${scope}`);
}

export interface GceIdentityArgs {
  project: string;
  /** Which images it pulls as itself. */
  images: ImageAccess;
}

/**
 * Who a machine is: a service account of its own that may write logs and metrics, read images where it pulls some of
 * its project's, and nothing else.
 */
export class GceIdentity extends pulumi.ComponentResource {
  readonly email: pulumi.Output<string>;

  constructor(name: string, args: GceIdentityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:hosts:gce:Identity", name, {}, opts);
    const account = new Account(name, { displayName: `Berth machine ${name}` }, { parent: this });
    const roles = { ...common, ...(args.images === "own" && pulling) };
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
