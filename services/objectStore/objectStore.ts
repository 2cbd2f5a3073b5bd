import * as pulumi from "@pulumi/pulumi";
import { carrier } from "../../components/containers/carrier.ts";
import type { Mount } from "../../components/containers/containerSpec.ts";
import { dataVolume } from "../../components/containers/dataVolume.ts";
import { fileVolume, filesFolder } from "../../components/containers/fileVolume.ts";
import type { Belonging } from "../../components/containers/former.ts";
import { GeneratedSecret } from "../../components/containers/generatedSecret.ts";
import { httpHealth } from "../../components/containers/health.ts";
import { Job } from "../../components/containers/job.ts";
import type { Network } from "../../components/containers/network.ts";
import type { Overridable } from "../../components/containers/override.ts";
import type { Scope } from "../../components/containers/scope.ts";
import { StatefulService } from "../../components/containers/statefulService.ts";
import { bucketScript, curlConf } from "./bucket.sh.ts";
import { storeHands, type Link, type Linkable } from "../application/link.ts";
import { ownEnvironment } from "../application/ownEnvironment.ts";
import { containedOne, type Contained } from "../monitoring/contained.ts";
import type { ScrapeJob } from "../monitoring/prometheus.yml.ts";
import { healthOf } from "../application/serviceHealth.ts";
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
  /** Name under which a person logs in to the console. */
  readonly user: string;
  /** And the password for it. */
  readonly password: pulumi.Output<string>;
  /** Where it keeps its objects. */
  readonly data: Pick<Mount, "volume">;
  /** Its container, as the Docker Engine names it. */
  readonly containers: pulumi.Output<Contained[]>;
  /** Where Prometheus reads its metrics; nothing unless `monitored`, or where its image has none. */
  readonly job: ScrapeJob | undefined;
  readonly #environment: Record<"S3_ENDPOINT" | "S3_BUCKET" | "S3_REGION", string>;
  readonly #bucket: Job;

  constructor(name: string, args: ObjectStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:services:ObjectStore", name, {}, opts);
    this.name = name;
    const { scope, network, service, bucket } = args;
    const inside = { parent: this };
    const owner = { scope, service: name, user: service.user };
    const own = `${name}-secret-key`;
    // It reads the one key it has at its start, so it starts anew for another.
    const made = { protect: scope.protectData, counter: scope.rotate?.[own] };
    const secret = new GeneratedSecret(own, made, inside).value;
    const key = `berth-${scope.system}`;
    const files = { access_key: key, secret_key: secret };
    const conf = { "curl.conf": secret.apply((value) => curlConf({ key, secret: value })) };
    const client = { ...owner, user: args.client.user };
    const loads = {
      data: dataVolume(`${name}-data`, owner, inside),
      files: fileVolume(`${name}-files`, { ...owner, files }, inside),
      client: fileVolume(`${name}-bucket-files`, { ...client, files: conf }, inside),
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
            MINIO_ROOT_USER_FILE: `${filesFolder}/access_key`,
            MINIO_ROOT_PASSWORD_FILE: `${filesFolder}/secret_key`,
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
    [this.user, this.password] = [key, secret];
    this.containers = containedOne(name, server.container);
    this.job =
      args.monitored && service.metrics !== ""
        ? { job: name, target: `${name}:${service.port}`, path: service.metrics }
        : undefined;
    this.#bucket = bucketJob(`${name}-bucket`, args, { endpoint, server, files: volumes.client }, inside);
    this.#environment = { S3_ENDPOINT: endpoint, S3_BUCKET: bucket, S3_REGION: "us-east-1" };
    this.registerOutputs();
  }

  link(): Link {
    return {
      environment: this.#environment,
      secrets: { S3_ACCESS_KEY: pulumi.output(this.user), S3_SECRET_KEY: this.password },
      dependsOn: [],
      gates: [this.#bucket],
      hands: {
        ...storeHands(this.#environment.S3_ENDPOINT),
        ...{ bucket: this.#environment.S3_BUCKET, region: this.#environment.S3_REGION },
        ...{ accessKey: pulumi.secret(this.user), secretKey: this.password },
      },
    };
  }
}

interface Reached {
  endpoint: string;
  server: StatefulService;
  /** How curl logs in. */
  files: Pick<Mount, "volume">;
}

/** The job that makes the bucket, and runs again when anything of the store or of what is wanted changes. */
function bucketJob(name: string, args: ObjectStoreArgs, store: Reached, belonging: Belonging): Job {
  const { scope, network, bucket, client } = args;
  const wanted = { endpoint: store.endpoint, bucket, versioning: args.versioning ?? true };
  return new Job(
    name,
    {
      scope,
      service: args.service.name,
      dependsOn: [store.server.container],
      spec: {
        image: scope.image(client.image),
        user: client.user,
        entrypoint: ["/bin/sh", "-c"],
        command: [bucketScript(wanted, `${filesFolder}/curl.conf`)],
        // Another server has another bucket: then it runs again.
        environment: { SERVER: store.server.container.id },
        networks: [{ network: network.networkName }],
        mounts: [{ target: filesFolder, ...store.files }],
        limits: { cpus: client.limits.cpus, memory: 64 },
        graceSeconds: 30,
      },
    },
    belonging,
  );
}
