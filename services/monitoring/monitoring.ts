import * as pulumi from "@pulumi/pulumi";
import type { Network } from "../../components/containers/network.ts";
import type { Scope } from "../../components/containers/scope.ts";
import { SharedVolume } from "../../components/containers/sharedVolume.ts";
import type { ServiceSettings } from "../application/serviceSettings.ts";
import { Alertmanager } from "./alertmanager.ts";
import { alertsYml } from "./alerts.yml.ts";
import type { Contained } from "./contained.ts";
import type { ExporterMaker } from "./exporter.ts";
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
  web: readonly WatchedService[];
  /** Databases and caches. @default none */
  stores?: readonly WatchedPart[];
  /** Proxies. @default none */
  proxies?: readonly WatchedPart[];
  /** What else runs containers, Grafana and workers among them. @default none */
  others?: readonly WatchedPart[];
  /** Exporters of what can't tell its metrics itself, such as `redisExporter`. @default none */
  exporters?: readonly ExporterMaker[];
  /** When alerts fire, and where they go. */
  alerts?: AlertSettings;
  /** Folder of the machine for its data. @default none: volumes */
  dataRoot?: string;
}

/** Something that runs containers; one with a `job` has metrics too. */
export interface WatchedPart {
  readonly containers: pulumi.Output<Contained[]>;
  readonly job?: ScrapeJob;
}

/** A service that answers HTTP, and tells its metrics at a path of its own where it has one. */
export interface WatchedService extends WatchedPart {
  readonly name: string;
  /** `container:port` of each container. */
  readonly targets: pulumi.Output<string[]>;
  /** Path of its metrics, empty where it has none. */
  readonly metrics: string;
}

/**
 * Monitors a system: its services, databases, proxy, containers and machine, with alerts. Any system can be handed to
 * it; what it needs of each part is that part's own to tell.
 *
 * @example
 * new Monitoring("monitoring", {
 *   scope,
 *   network,
 *   services: { prometheus: services.prometheus },
 *   web: [api],
 *   stores: [redis],
 *   exporters: [redisExporter(services["redis-exporter"], redis)],
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
    const { stores = [], proxies = [], others = [] } = args;
    const sources = [...stores, ...(sender ? [sender] : []), ...proxies, ...web, ...exporters, ...others];
    const server = new Prometheus(
      "prometheus",
      {
        ...place,
        service: prometheus,
        jobs: [
          ...exporters.map(({ job }) => job),
          ...[...others, ...stores, ...proxies].flatMap(({ job }) => job ?? []),
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

/** Those of the machine and of all its containers, then those of services. */
function exportersOf(args: MonitoringArgs, facts: pulumi.Output<string>, parent: pulumi.Resource) {
  const { scope, network, services, exporters = [] } = args;
  const { "node-exporter": node, cadvisor: forContainers } = services;
  const place = { scope, network };
  return [
    node && nodeExporter({ ...place, service: node }, facts, parent),
    forContainers && cadvisor({ ...place, service: forContainers }, parent),
    ...exporters.map((make) => make(place, parent)),
  ].filter((exporter) => exporter !== undefined);
}

function watched({ name, targets, metrics }: WatchedService): pulumi.Output<Watched> {
  return targets.apply((found) => ({ name, servers: found, metrics }));
}
