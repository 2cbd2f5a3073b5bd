import { AccessKey, User, UserPolicy } from "@pulumi/aws/iam/index.js";
import {
  Bucket,
  BucketLifecycleConfiguration,
  BucketPolicy,
  BucketPublicAccessBlock,
  BucketVersioning,
} from "@pulumi/aws/s3/index.js";
import * as pulumi from "@pulumi/pulumi";
import { partitionOf } from "./partition.ts";
import { allow, onlyEncrypted } from "./policy.ts";
import { bucketLink } from "../../managed/links.ts";
import type { ManagedBucket, ManagedLink } from "../../managed/managed.ts";

export interface S3BucketArgs {
  region: string;
  /** Days an overwritten or deleted object can be had back. */
  snapshotDays: number;
  protectData: boolean;
}

/** All an application does with its bucket. */
const bucketActions = ["s3:ListBucket", "s3:GetBucketLocation"];
const objectActions = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"];

/** A bucket of S3, closed to the public and to plain HTTP, with a key that opens it alone. S3 encrypts every object. */
export class S3Bucket extends pulumi.ComponentResource implements ManagedBucket {
  readonly #link: ManagedBucket;

  constructor(name: string, args: S3BucketArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:managed:S3Bucket", name, {}, opts);
    const { region, snapshotDays, protectData } = args;
    const inside = { parent: this };
    const bucket = new Bucket(name, {}, { ...inside, protect: protectData });
    const owner = { bucket: bucket.id };
    const closed = {
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    };
    const block = new BucketPublicAccessBlock(name, { ...owner, ...closed }, inside);
    const versions = new BucketVersioning(
      name,
      { ...owner, versioningConfiguration: { status: "Enabled" } },
      inside,
    );
    const old = {
      id: "old-versions",
      status: "Enabled",
      filter: {},
      noncurrentVersionExpiration: { noncurrentDays: snapshotDays },
    };
    new BucketLifecycleConfiguration(name, { ...owner, rules: [old] }, { ...inside, dependsOn: [versions] });
    new BucketPolicy(
      name,
      { ...owner, policy: bucket.arn.apply(onlyEncrypted) },
      { ...inside, dependsOn: [block] },
    );
    const user = new User(name, {}, inside);
    const policy = bucket.arn.apply((arn) => allow([...bucketActions, ...objectActions], [arn, `${arn}/*`]));
    const allowed = new UserPolicy(name, { user: user.name, policy }, inside);
    const key = new AccessKey(name, { user: user.name }, { ...inside, additionalSecretOutputs: ["secret"] });
    this.#link = bucketLink({
      endpoint: `https://s3.${region}.${partitionOf(region).domain}`,
      region,
      bucket: bucket.bucket,
      key: key.id,
      secret: key.secret,
      dependsOn: [allowed],
    });
    this.registerOutputs();
  }

  link(): ManagedLink {
    return this.#link.link();
  }
}
