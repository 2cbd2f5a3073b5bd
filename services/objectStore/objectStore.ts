import * as pulumi from "@pulumi/pulumi";
import { carrier } from "../../components/containers/carrier.ts";
import type { Mount } from "../../components/containers/containerSpec.ts";
import { dataVolume } from "../../components/containers/dataVolume.ts";
import { fileVolume, filesFolder } from "../../components/containers/fileVolume.ts";
import { GeneratedSecret } from "../../components/containers/generatedSecret.ts";
import { httpHealth } from "../../components/containers/health.ts";
import type { Job } from "../../components/containers/job.ts";
import type { Network } from "../../components/containers/network.ts";
import type { Overridable } from "../../components/containers/override.ts";
import type { Scope } from "../../components/containers/scope.ts";
import { StatefulService } from "../../components/containers/statefulService.ts";
import { bucketFiles, bucketJob, retireKeys } from "./jobs.ts";
import { accessKey, rootUser } from "./keys.ts";
import { storeHands, type Link, type Linkable } from "../application/link.ts";
import { ownEnvironment } from "../application/ownEnvironment.ts";
import { containedOne, type Contained } from "../monitoring/contained.ts";
import type { ScrapeJob } from "../monitoring/prometheus.yml.ts";
import { healthOf } from "../application/serviceHealth.ts";
import type { Last } from "../rotation/last.ts";
import type { ServiceSettings } from "../application/serviceSettings.ts";

export interface ObjectStoreArgs extends Overridable {
  scope: Scope;
  network: Network;
  service: ServiceSettings;
  /** 3-63 lower-case letters, digits and hyphens. */
  bucket: string;
  /** Keep the older versions of an object that is overwritten or deleted. @default true */
  versioning?: boolean;
  /** Show its metrics to every caller inside the network, see {@link ObjectStore.job}. @default false */
  monitored?: boolean;
  /** Image with curl that makes the bucket; a proxy's has it. */
  client: ServiceSettings;
}

const dataFolder = "/data";
const consolePort = 9001;

/**
 * An S3-compatible object store with one bucket, MinIO unless settings name another image. Neither its API nor its
 * console is published; `berth tunnel` leads a person to the console.
 *
 * @example
 * const store = new ObjectStore("minio", {
 *   scope,
 *   network,
 *   service: services.minio,
 *   bucket: "uploads",
 *   client: services.nginx,
 * });
 * new WebService("api", { scope, network, service: services.api, links: [store] });
 */
export class ObjectStore extends pulumi.ComponentResource implements Linkable {
  readonly name: string;
  /** Name of its administrator, under which a person logs in to the console. */
  readonly user: string;
  /** And the password for it. */
  readonly password: pulumi.Output<string>;
  /** Where it keeps its objects. */
  readonly data: Pick<Mount, "volume">;
  /** Its container, as the Docker Engine names it. */
  readonly containers: pulumi.Output<Contained[]>;
  /** Where Prometheus reads its metrics; nothing unless `monitored`, or where its image has none. */
  readonly job: ScrapeJob | undefined;
  /** Has it refuse the keys of before; nothing where there are none. */
  readonly retire: ((last: Last) => void) | undefined;
  /** That of applications. */
  readonly #key: Record<"accessKey" | "secretKey", pulumi.Output<string>>;
  readonly #environment: Record<"S3_ENDPOINT" | "S3_BUCKET" | "S3_REGION", string>;
  readonly #bucket: Job;

  constructor(name: string, args: ObjectStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:services:ObjectStore", name, {}, opts);
    this.name = name;
    const { scope, network, service, bucket } = args;
    const inside = { parent: this };
    const owner = { scope, service: name, user: service.user };
    const { protectData: protect, rotate = {} } = scope;
    const [own, administrators] = [`${name}-secret-key`, `${name}-root-password`];
    const { [own]: counter = 1, [administrators]: rootCounter = 1 } = rotate;
    const secret = new GeneratedSecret(own, { protect, counter }, inside);
    const root = new GeneratedSecret(administrators, { protect, counter: rootCounter }, inside);
    const login = { user: `berth-${scope.system}`, counter };
    const key = accessKey(login);
    const administrator = rootUser(login.user);
    // Its own keys, and for a server that isn't MinIO those that applications have.
    const filesWith = (keys: {
      key: string;
      secret: pulumi.Output<string>;
      root: pulumi.Output<string>;
    }) => ({
      ...{ access_key: keys.key, secret_key: keys.secret },
      ...{ root_user: administrator, root_password: keys.root },
    });
    const files = filesWith({ key, secret: secret.value, root: root.value });
    // It takes others without another container, so they go into the volume that is mounted.
    const identity = filesWith({ key: login.user, secret: secret.first, root: root.first });
    const keys = { login, secret, administrator, root };
    const client = { ...owner, user: args.client.user, files: bucketFiles({ keys }) };
    const loads = {
      data: dataVolume(`${name}-data`, owner, inside),
      files: fileVolume(`${name}-files`, { ...owner, files, identity }, inside),
      client: fileVolume(`${name}-bucket-files`, client, inside),
    };
    const volumes = carrier(`${name}-files`, { scope, service: name, loads }, inside);
    this.data = volumes.data;
    const server = new StatefulService(
      name,
      {
        scope,
        override: args.override,
        spec: {
          image: scope.image(service.image),
          user: service.user,
          command: service.command ?? ["server", dataFolder, "--console-address", `:${consolePort}`],
          environment: {
            HOME: "/tmp",
            MINIO_ROOT_USER_FILE: `${filesFolder}/root_user`,
            MINIO_ROOT_PASSWORD_FILE: `${filesFolder}/root_password`,
            // It would ask its vendor for a newer one at every start.
            MINIO_UPDATE: "off",
            ...(args.monitored && { MINIO_PROMETHEUS_AUTH_TYPE: "public" }),
            ...ownEnvironment(service),
          },
          networks: [{ network: network.networkName, aliases: [name] }],
          mounts: [
            { target: dataFolder, ...volumes.data, readOnly: false },
            { target: filesFolder, ...volumes.files },
          ],
          limits: service.limits,
          health: healthOf(service, httpHealth(service.port, service.health)),
          graceSeconds: service.graceSeconds,
        },
      },
      inside,
    );
    const endpoint = `http://${name}:${service.port}`;
    [this.user, this.password] = [administrator, root.value];
    this.#key = { accessKey: pulumi.secret(key), secretKey: secret.value };
    this.containers = containedOne(name, server.container);
    this.job =
      args.monitored && service.metrics !== ""
        ? { job: name, target: `${name}:${service.port}`, path: service.metrics }
        : undefined;
    const store = { ...args, server, endpoint, keys };
    this.#bucket = bucketJob(`${name}-bucket`, store, volumes.client, inside);
    this.retire =
      counter === 1
        ? undefined
        : (last) => {
            retireKeys(`${name}-retire`, store, last);
          };
    this.#environment = { S3_ENDPOINT: endpoint, S3_BUCKET: bucket, S3_REGION: "us-east-1" };
    this.registerOutputs();
  }

  link(): Link {
    return {
      environment: this.#environment,
      secrets: { S3_ACCESS_KEY: this.#key.accessKey, S3_SECRET_KEY: this.#key.secretKey },
      dependsOn: [],
      gates: [this.#bucket],
      hands: {
        ...storeHands(this.#environment.S3_ENDPOINT),
        ...{ bucket: this.#environment.S3_BUCKET, region: this.#environment.S3_REGION },
        ...this.#key,
      },
    };
  }
}
