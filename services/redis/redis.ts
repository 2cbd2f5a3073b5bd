import * as pulumi from "@pulumi/pulumi";
import { carried } from "../../components/containers/carrier.ts";
import { dataPlace } from "../../components/containers/dataPlace.ts";
import { fileVolume, filesFolder, uploadsOf } from "../../components/containers/fileVolume.ts";
import { GeneratedSecret } from "../../components/containers/generatedSecret.ts";
import type { Job } from "../../components/containers/job.ts";
import { offeredPorts } from "../../components/containers/neighbours.ts";
import type { Network } from "../../components/containers/network.ts";
import type { Overridable } from "../../components/containers/override.ts";
import type { Scope } from "../../components/containers/scope.ts";
import { StatefulService } from "../../components/containers/statefulService.ts";
import { ownEnvironment } from "../application/ownEnvironment.ts";
import type { Link, Linkable } from "../application/link.ts";
import type { Contained } from "../monitoring/contained.ts";
import { redisConf, type RedisOptions } from "./redis.conf.ts";
import { acceptPassword, retirePasswords } from "./passwords.ts";
import type { Last } from "../rotation/last.ts";
import type { ServiceSettings } from "../application/serviceSettings.ts";

export interface RedisArgs extends Overridable {
  scope: Scope;
  network: Network;
  service: ServiceSettings;
  /** Most memory for data in MiB. @default three quarters of the container's limit */
  maxMemory?: number;
  /** @default "noeviction": queued work must not vanish */
  eviction?: RedisOptions["eviction"];
  /** Folder of the machine for its data. @default none: a volume */
  dataRoot?: string;
}

/**
 * Redis with a generated password and its data on a volume, reached by its name on the network alone.
 *
 * @example
 * const redis = new Redis("redis", { scope, network, service: services.redis, eviction: "allkeys-lru" });
 * new WebService("api", { scope, network, service: services.api, links: [redis] });
 */
export class Redis extends pulumi.ComponentResource implements Linkable {
  readonly name: string;
  readonly #url: pulumi.Output<string>;
  readonly #password: pulumi.Output<string>;
  /** Its container, as the Docker Engine names it. */
  readonly containers: pulumi.Output<Contained[]>;
  readonly #server: StatefulService;
  /** The job after which it takes a rotated password. */
  readonly #accepted: Job | undefined;
  /** Has it refuse the passwords of before; nothing where there are none. */
  readonly retire: ((last: Last) => void) | undefined;

  constructor(name: string, args: RedisArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:services:Redis", name, {}, opts);
    this.name = name;
    const { scope, network, service } = args;
    const inside = { parent: this };
    const image = scope.image(service.image);
    const own = `${name}-password`;
    const { [own]: counter = 1 } = scope.rotate ?? {};
    const password = new GeneratedSecret(own, { protect: scope.protectData, counter }, inside);
    const owner = { scope, service: name, user: service.user };
    const options = {
      maxMemory: args.maxMemory ?? Math.floor(service.limits.memory * 0.75),
      eviction: args.eviction ?? "noeviction",
    } as const;
    const filesWith = (secret: pulumi.Output<string>) => ({
      "redis.conf": secret.apply((value) => redisConf({ password: value, ...options })),
      password: secret,
    });
    const [before = password.value, ...former] = password.former;
    // Until the last step a start takes every password, and health asks with one that the running server takes. They
    // go into the volume that is mounted: another would make another container.
    const until = {
      "redis.conf": pulumi
        .all([password.value, pulumi.all([before, ...former])])
        .apply(([value, older]) => redisConf({ password: value, former: older, ...options })),
      password: before,
    };
    const rotated = { files: until, identity: filesWith(password.first) };
    const files = counter === 1 ? { files: filesWith(password.value) } : rotated;
    const loads = {
      data: dataPlace(`${name}-data`, { ...owner, dataRoot: args.dataRoot }, inside),
      files: fileVolume(`${name}-files`, { ...owner, ...files }, inside),
    };
    const { filled: volumes, filling } = carried(`${name}-files`, { scope, service: name, loads }, inside);
    const ping = `REDISCLI_AUTH="$(cat ${filesFolder}/password)" redis-cli ping | grep -q PONG`;
    this.#server = new StatefulService(
      name,
      {
        scope,
        override: args.override,
        spec: {
          image,
          user: service.user,
          command: ["redis-server", `${filesFolder}/redis.conf`],
          environment: ownEnvironment(service),
          networks: [{ network: network.networkName, aliases: [name] }],
          ports: offeredPorts(scope, name, 6379),
          mounts: [
            { target: "/data", ...volumes.data, readOnly: false },
            { target: filesFolder, ...volumes.files },
          ],
          limits: service.limits,
          health: { test: ["CMD-SHELL", ping], startSeconds: service.startSeconds },
          graceSeconds: service.graceSeconds,
        },
      },
      inside,
    );
    this.#url = pulumi.interpolate`redis://:${password.value}@${name}:6379/0`;
    this.#password = password.value;
    const { container } = this.#server;
    const passwords = { scope, network, image, service, password, server: container };
    this.#accepted = counter === 1 ? undefined : acceptPassword(name, passwords, inside);
    this.retire =
      counter === 1
        ? undefined
        : (last) => {
            const alone = { ...volumes.files, uploads: uploadsOf(filesWith(password.value), service.user) };
            retirePasswords(name, { ...passwords, alone, filling }, last);
          };
    this.containers = pulumi
      .all([container.name, container.id])
      .apply(([found, id]) => [{ service: name, container: found, id }]);
    this.registerOutputs();
  }

  /** How an exporter logs in, and what it waits for. */
  monitor(): { address: string; password: pulumi.Output<string>; ready: pulumi.Output<unknown> } {
    return {
      address: `redis://${this.name}:6379`,
      password: this.#password,
      ready: this.#accepted?.gate(true) ?? this.#server.container.urn,
    };
  }

  link(): Link {
    return {
      environment: {},
      secrets: { REDIS_URL: this.#url },
      dependsOn: [this.#server.container],
      ...(this.#accepted && { gates: [this.#accepted] }),
      hands: {
        // The user whose password `requirepass` is (https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/).
        ...{ host: this.name, port: "6379", user: "default", database: "0" },
        ...{ password: this.#password, url: this.#url },
      },
    };
  }
}
