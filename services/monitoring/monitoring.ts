import * as pulumi from "@pulumi/pulumi";
import type { Network } from "../../components/containers/network.ts";
import type { Scope } from "../../components/containers/scope.ts";
import { SharedVolume } from "../../components/containers/sharedVolume.ts";
import { nginxExporter } from "../proxy/exporter.ts";
import type { Nginx } from "../proxy/nginx.ts";
import { postgresExporter } from "../postgres/exporter.ts";
import type { Postgres } from "../postgres/postgres.ts";
import { redisExporter } from "../redis/exporter.ts";
import type { Redis } from "../redis/redis.ts";
import type { ServiceSettings } from "../application/serviceSettings.ts";
import type { WebService } from "../web/webService.ts";
import { Alertmanager } from "./alertmanager.ts";
import { alertsYml } from "./alerts.yml.ts";
import type { Contained } from "./contained.ts";
import type { Exporter } from "./exporter.ts";
import { cadvisor, nodeExporter } from "./exporters.ts";
import type { AlertSettings, MonitoringServices } from "./monitored.ts";
import { Prometheus } from "./prometheus.ts";
import type { ScrapeJob } from "./prometheus.yml.ts";
import type { Watched } from "./targets.json.ts";

export interface MonitoringArgs {
  scope: Scope;
  network: Network;
  /** Its own parts; any but `prometheus` may be left out. */
  services: MonitoringServices & { readonly prometheus: ServiceSettings };
  /** Application services, of which those that have metrics are monitored. */
  web: WebService[];
  /** A database made with `monitored`. */
  postgres?: Postgres;
  redis?: Redis;
  /** Lists in Redis whose length is worth knowing. @default none */
  queues?: readonly string[];
  /** Proxies made with `monitored`, each with an exporter of its own. */
  proxies?: readonly WatchedProxy[];
  /** What else runs containers, Grafana and workers among them; one with a `job` has metrics too. */
  others?: readonly WatchedOther[];
  /** Exporters of services of any other kind; each is made with the parent that it is handed. @default none */
  exporters?: readonly ((parent: pulumi.Resource) => Exporter)[];
  /** When alerts fire, and where they go. */
  alerts?: AlertSettings;
  /** Folder of the machine for its data. @default none: volumes */
  dataRoot?: string;
}

export interface WatchedProxy {
  nginx: Nginx;
  exporter: ServiceSettings | undefined;
}

export interface WatchedOther {
  readonly containers: pulumi.Output<Contained[]>;
  readonly job?: ScrapeJob;
}

/**
 * Monitors a system: its services, databases, proxy, containers and machine, with alerts. Any system can be handed to
 * it; what it needs of each part is that part's own to tell.
 *
 * @example
 * new Monitoring("monitoring", {
 *   scope,
 *   network,
 *   services: { prometheus: services.prometheus, "redis-exporter": services["redis-exporter"] },
 *   web: [api],
 *   redis,
 *   alerts: { errorShare: 0.02, webhook: config.require("alertWebhook") },
 * });
 */
export class Monitoring extends pulumi.ComponentResource {
  /** Known once Prometheus monitors the containers of this release. */
  readonly ready: pulumi.Output<true>;
  /** Volume where jobs leave facts as `*.prom` files: when a backup succeeded. */
  readonly facts: pulumi.Output<string>;

  constructor(name: string, args: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:monitoring:Monitoring", name, {}, opts);
    const { scope, network, services, web, dataRoot, alerts = {} } = args;
    const { webhook, slack, email, receivers } = alerts;
    const { prometheus, alertmanager } = services;
    const inside = { parent: this };
    const place = { scope, network };
    const { user } = prometheus;
    const facts = new SharedVolume(
      `${name}-facts`,
      { scope, service: prometheus.name, user, permissions: "0777" },
      inside,
    );
    const sender =
      alertmanager &&
      new Alertmanager(
        "alertmanager",
        { ...place, service: alertmanager, dataRoot, webhook, slack, email, receivers },
        inside,
      );
    const exporters = exportersOf(args, facts.volumeName, this);
    const { others = [] } = args;
    const sources = [
      ...[args.postgres, args.redis, sender].filter((part) => part !== undefined),
      ...(args.proxies ?? []).map(({ nginx }) => nginx),
      ...web,
      ...exporters,
      ...others,
    ];
    const server = new Prometheus(
      "prometheus",
      {
        ...place,
        service: prometheus,
        jobs: [
          ...exporters.map(({ job }) => job),
          ...others.flatMap(({ job }) => job ?? []),
          ...(args.proxies ?? []).flatMap(({ nginx }) => nginx.job ?? []),
          ...(sender ? [{ job: "alertmanager", target: sender.target }] : []),
        ],
        watched: pulumi.all(web.map(watched)),
        containers: pulumi.all(sources.map(({ containers }) => containers)).apply((found) => found.flat()),
        rules: alertsYml(alerts),
        alertmanager: sender?.target,
        facts: facts.volumeName,
        dataRoot,
      },
      inside,
    );
    this.facts = facts.volumeName;
    this.ready = server.ready;
    this.registerOutputs();
  }
}

function exportersOf(args: MonitoringArgs, facts: pulumi.Output<string>, parent: pulumi.Resource) {
  const { services, postgres, redis, queues, proxies = [], exporters = [] } = args;
  const argsFor = (service: ServiceSettings) => ({ scope: args.scope, network: args.network, service });
  const {
    "node-exporter": node,
    "postgres-exporter": forPostgres,
    "redis-exporter": forRedis,
    cadvisor: forContainers,
  } = services;
  return [
    node && nodeExporter(argsFor(node), facts, parent),
    forContainers && cadvisor(argsFor(forContainers), parent),
    forPostgres && postgres && postgresExporter(argsFor(forPostgres), postgres, parent),
    forRedis && redis && redisExporter(argsFor(forRedis), redis, queues ?? [], parent),
    ...proxies.map(({ nginx, exporter }) => exporter && nginxExporter(argsFor(exporter), nginx, parent)),
    ...exporters.map((make) => make(parent)),
  ].filter((exporter) => exporter !== undefined);
}

function watched({ name, targets, metrics }: WebService): pulumi.Output<Watched> {
  return targets.apply((found) => ({ name, servers: found, metrics }));
}
