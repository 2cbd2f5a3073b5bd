import * as pulumi from "@pulumi/pulumi";
import type { ManagedBucket, ManagedDatabase, ManagedLink } from "./managed.ts";

export interface DatabaseAccess {
  /** Address inside the private network. */
  host: pulumi.Output<string>;
  database: string;
  role: string;
  /** A secret. */
  password: pulumi.Output<string>;
  /** What has to be there before anyone can log in. */
  dependsOn: pulumi.Resource[];
}

/** How a service reaches a database: encrypted on its way, the password a secret. */
export function databaseLinks(access: DatabaseAccess): ManagedDatabase {
  const { host, database, role, password, dependsOn } = access;
  const url = pulumi.interpolate`postgresql://${role}:${password}@${host}:5432/${database}?sslmode=require`;
  const parts: ManagedLink = {
    environment: {
      DATABASE_HOST: host,
      DATABASE_PORT: "5432",
      DATABASE_NAME: database,
      DATABASE_USER: role,
      PGSSLMODE: "require",
    },
    secrets: { DATABASE_PASSWORD: password },
    dependsOn,
  };
  return {
    link: () => ({
      environment: {},
      secrets: { DATABASE_URL: url },
      dependsOn,
      hands: { host, port: "5432", user: role, database, password, url },
    }),
    parts: () => ({ link: () => parts }),
  };
}

export interface BucketAccess {
  endpoint: string;
  region: string;
  bucket: pulumi.Output<string>;
  key: pulumi.Output<string>;
  /** A secret. */
  secret: pulumi.Output<string>;
  dependsOn: pulumi.Resource[];
}

/** How a service reaches a bucket, by the S3 interface. */
export function bucketLink({
  endpoint,
  region,
  bucket,
  key,
  secret,
  dependsOn,
}: BucketAccess): ManagedBucket {
  const { hostname } = new URL(endpoint);
  const link: ManagedLink = {
    environment: { S3_ENDPOINT: endpoint, S3_BUCKET: bucket, S3_REGION: region },
    secrets: { S3_ACCESS_KEY: pulumi.secret(key), S3_SECRET_KEY: pulumi.secret(secret) },
    dependsOn,
    hands: {
      ...{ url: endpoint, endpoint: `${hostname}:443`, host: hostname, port: "443" },
      ...{ bucket, region, accessKey: pulumi.secret(key), secretKey: pulumi.secret(secret) },
    },
  };
  return { link: () => link };
}
