import type * as pulumi from "@pulumi/pulumi";

/** What a service is handed of something a vendor runs: the same as of a container of ours. */
export interface ManagedLink {
  environment: Record<string, pulumi.Input<string>>;
  secrets: Record<string, pulumi.Output<string>>;
  dependsOn: pulumi.Resource[];
  /** The same in parts: `host`, `password`. */
  hands?: Record<string, pulumi.Input<string>>;
}

export interface ManagedDatabase {
  /** `DATABASE_URL`. */
  link(): ManagedLink;
  /** The same in parts, `DATABASE_HOST` and so on. */
  parts(): { link(): ManagedLink };
}

export interface ManagedBucket {
  /** `S3_ENDPOINT`, `S3_BUCKET`, `S3_REGION` and keys: the S3 interface, whoever the vendor is. */
  link(): ManagedLink;
}

export interface ManagedDatabaseArgs {
  database: string;
  /** The application's login. */
  role: string;
}

/** What a host's vendor runs beside the machine, in its private network where it has one. */
export interface ManagedServices {
  postgres(name: string, args: ManagedDatabaseArgs, opts: pulumi.ComponentResourceOptions): ManagedDatabase;
  bucket(name: string, opts: pulumi.ComponentResourceOptions): ManagedBucket;
}
