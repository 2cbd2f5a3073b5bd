import type { HandedNames, ServiceOptions, ServiceDefinition } from "../definition.ts";
import { vendorLogin } from "../external/vendorLogin.ts";
import type { OwnObjectStoreOptions } from "./build.ts";
import { storeForm } from "./form.ts";

export interface ObjectStoreOptions<Service extends string = string>
  extends ServiceOptions, OwnObjectStoreOptions<Service> {
  /** Settings may name one that somebody else runs, or have the vendor run one. @default false */
  external?: boolean;
}

export interface ObjectStore<Service extends string = string> extends ServiceDefinition {
  client: Service;
}

/** What a template may name of a bucket, whoever keeps it. */
export const bucketHands: HandedNames = {
  plain: ["endpoint", "host", "port", "url", "bucket", "region"],
  secret: ["accessKey", "secretKey"],
};

/** Secrets of a bucket that a vendor keeps, a volume's too, see `managedSecrets` of a definition. */
export const bucketSecrets = { "secret-key": vendorLogin } as const;

/** An S3-compatible object store with one bucket. */
export function objectStore<const Service extends string = never>({
  external,
  ...options
}: ObjectStoreOptions<Service>): ObjectStore<NoInfer<Service>> {
  const { bucket, client } = options;
  return {
    kind: "objectStore",
    ...objectStoreDefaults,
    ...options,
    external: external === true ? storeForm : undefined,
    hands: bucketHands,
    rotates: () => ["secret-key", "root-password"],
    startsAnewFor: ["root-password"],
    managedSecrets: bucketSecrets,
    build: async (args) => (await import("./build.ts")).buildObjectStore({ bucket, client }, args),
    buildExternal: async (args) => (await import("./build.ts")).externalStore(args),
  };
}

/** Frozen: no newer image is published (https://github.com/minio/minio/issues/21647). Any S3 server will do. */
const objectStoreDefaults = {
  image: "quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z",
  user: "1000:1000",
  port: 9000,
  // Its console.
  tunnelPort: 9001,
  health: "/minio/health/live",
  metrics: "/minio/v2/metrics/cluster",
  minMemory: 256,
  maxReplicas: 1,
  replicas: 1,
  graceSeconds: 30,
  phase: "store",
  keepsData: true,
} as const;
