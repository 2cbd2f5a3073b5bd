import * as pulumi from "@pulumi/pulumi";
import { Account } from "@pulumi/gcp/serviceaccount/index.js";
import { Bucket, BucketIAMMember, HmacKey } from "@pulumi/gcp/storage/index.js";
import { bucketLink } from "../../managed/links.ts";
import type { ManagedBucket, ManagedLink } from "../../managed/managed.ts";

export interface GcsBucketArgs {
  region: string;
  /** Days an overwritten or deleted object can be had back. */
  snapshotDays: number;
  protectData: boolean;
}

/**
 * A bucket of Cloud Storage, closed to the public, reached by its S3 interface with a key that opens it alone.
 * https://cloud.google.com/storage/docs/interoperability
 */
export class GcsBucket extends pulumi.ComponentResource implements ManagedBucket {
  readonly #link: ManagedBucket;

  constructor(name: string, args: GcsBucketArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:managed:GcsBucket", name, {}, opts);
    const { region, snapshotDays, protectData } = args;
    const inside = { parent: this };
    const bucket = new Bucket(
      name,
      {
        location: region.toUpperCase(),
        uniformBucketLevelAccess: true,
        publicAccessPrevention: "enforced",
        versioning: { enabled: true },
        lifecycleRules: [
          { action: { type: "Delete" }, condition: { daysSinceNoncurrentTime: snapshotDays } },
        ],
      },
      { ...inside, protect: protectData },
    );
    const account = new Account(name, { displayName: `Berth bucket ${name}` }, inside);
    const allowed = new BucketIAMMember(
      name,
      {
        bucket: bucket.name,
        role: "roles/storage.objectUser",
        member: pulumi.interpolate`serviceAccount:${account.email}`,
      },
      inside,
    );
    const key = new HmacKey(
      name,
      { serviceAccountEmail: account.email },
      { ...inside, additionalSecretOutputs: ["secret"] },
    );
    this.#link = bucketLink({
      endpoint: "https://storage.googleapis.com",
      region,
      bucket: bucket.name,
      key: key.accessId,
      secret: key.secret,
      dependsOn: [allowed],
    });
    this.registerOutputs();
  }

  link(): ManagedLink {
    return this.#link.link();
  }
}
