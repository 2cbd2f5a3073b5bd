import * as pulumi from "@pulumi/pulumi";
import { carrier } from "../../components/containers/carrier.ts";
import type { Mount } from "../../components/containers/containerSpec.ts";
import { fileVolume, filesFolder } from "../../components/containers/fileVolume.ts";
import { httpHealth, type HealthCheck } from "../../components/containers/health.ts";
import type { Network } from "../../components/containers/network.ts";
import type { Overridable } from "../../components/containers/override.ts";
import type { Scope } from "../../components/containers/scope.ts";
import { StatefulService } from "../../components/containers/statefulService.ts";
import { ownEnvironment } from "../application/ownEnvironment.ts";
import { healthOf } from "../application/serviceHealth.ts";
import type { ServiceSettings } from "../application/serviceSettings.ts";
import type { Contained } from "./contained.ts";
import type { ScrapeJob } from "./prometheus.yml.ts";

/** Where an exporter stands, and how large it may be. */
export interface ExporterPlace {
  scope: Scope;
  network: Network;
  service: ServiceSettings;
}

/** Makes an exporter where monitoring has its place; nothing where what it is about has no numbers to give. */
export type ExporterMaker = (
  place: Omit<ExporterPlace, "service">,
  parent: pulumi.Resource,
) => Exporter | undefined;

export interface ExporterArgs extends ExporterPlace, Overridable {
  command?: string[];
  environment?: Record<string, string>;
  /** Files below `/etc/berth`, passwords among them. @default none */
  files?: Record<string, pulumi.Input<string>>;
  mounts?: Mount[];
  /** @default its health path over HTTP, with whichever client the image has */
  health?: HealthCheck;
  /** Has to be there before it starts. @default nothing */
  after?: pulumi.Input<unknown>;
  /** Its metrics are about containers, by the engine's id. @default false */
  containers?: boolean;
  /** Its metrics are about other services, which their labels name. @default false */
  ofOthers?: boolean;
}

/**
 * A process that gives Prometheus another's metrics; it holds nothing and is found by its name.
 *
 * @example
 * const exporter = new Exporter("redis-exporter", {
 *   scope,
 *   network,
 *   service: services["redis-exporter"],
 *   command: ["--redis.addr=redis://redis:6379"],
 * });
 */
export class Exporter extends pulumi.ComponentResource {
  /** How Prometheus finds it. */
  readonly job: ScrapeJob;
  readonly containers: pulumi.Output<Contained[]>;

  constructor(name: string, args: ExporterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:monitoring:Exporter", name, {}, opts);
    const { scope, network, service, files } = args;
    const owner = { scope, service: name, user: service.user };
    const inside = { parent: this };
    const loads = files && { files: fileVolume(`${name}-files`, { ...owner, files }, inside) };
    const volumes = loads && carrier(`${name}-files`, { scope, service: name, loads }, inside);
    const fileMounts = volumes ? [{ target: filesFolder, ...volumes.files }] : [];
    const { container } = new StatefulService(
      name,
      {
        scope,
        override: args.override,
        spec: {
          image: pulumi.all([scope.image(service.image), args.after]).apply(([image]) => image),
          user: service.user,
          command: service.command ?? args.command,
          environment: { ...args.environment, ...ownEnvironment(service) },
          networks: [{ network: network.networkName, aliases: [name] }],
          mounts: [...fileMounts, ...(args.mounts ?? [])],
          limits: service.limits,
          health: healthOf(service, args.health ?? httpHealth(service.port, service.health)),
          graceSeconds: service.graceSeconds,
        },
      },
      inside,
    );
    this.job = {
      job: name,
      target: `${name}:${service.port}`,
      containers: args.containers,
      ofOthers: args.ofOthers,
    };
    this.containers = pulumi
      .all([container.name, container.id])
      .apply(([found, id]) => [{ service: name, container: found, id }]);
    this.registerOutputs();
  }
}
