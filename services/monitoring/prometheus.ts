import * as pulumi from "@pulumi/pulumi";
import { carrier } from "../../components/containers/carrier.ts";
import { dataPlace } from "../../components/containers/dataPlace.ts";
import { fileVolume, filesFolder } from "../../components/containers/fileVolume.ts";
import { httpHealth } from "../../components/containers/health.ts";
import { Job } from "../../components/containers/job.ts";
import type { Network } from "../../components/containers/network.ts";
import type { Overridable } from "../../components/containers/override.ts";
import type { Scope } from "../../components/containers/scope.ts";
import { StatefulService } from "../../components/containers/statefulService.ts";
import { ownEnvironment } from "../application/ownEnvironment.ts";
import { healthOf } from "../application/serviceHealth.ts";
import { factsFolder } from "../../components/machine/machine.ts";
import type { ServiceSettings } from "../application/serviceSettings.ts";
import type { Contained } from "./contained.ts";
import { prometheusYml, type ScrapeJob } from "./prometheus.yml.ts";
import { containersProm, targetsJson, type Watched } from "./targets.json.ts";

export interface PrometheusArgs extends Overridable {
  scope: Scope;
  network: Network;
  service: ServiceSettings;
  /** Targets that stay where they are. */
  jobs: ScrapeJob[];
  /** Services whose containers come and go with releases. */
  watched: pulumi.Input<Watched[]>;
  /** All containers there are, so that their metrics get names. */
  containers: pulumi.Input<Contained[]>;
  /** Alert rules, as `alerts.yml.ts` writes them. */
  rules: string;
  /** `host:port` of what sends alerts on. @default none */
  alertmanager?: string;
  /** Volume of facts, which this one's user may write. */
  facts: pulumi.Input<string>;
  /** Folder of the machine for its data. @default none: a volume */
  dataRoot?: string;
  /** Days that metrics are kept. @default 15 */
  days?: number;
}

const dataFolder = "/prometheus";

/** Written aside and moved, so that nobody reads half a file. */
const publish = `set -eu; cd ${factsFolder}; for file in services.json containers.prom; do
cp ${filesFolder}/$file .$file.new; chmod 0644 .$file.new; mv -f .$file.new $file; done`;

/**
 * Prometheus. Its configuration is checked by its own `promtool` before the running one is touched; the containers of
 * a release reach it as a file that it follows, so that no release restarts it.
 *
 * @example
 * const facts = new SharedVolume("facts", { scope, service: "prometheus", user: services.prometheus.user });
 * new Prometheus("prometheus", {
 *   scope,
 *   network,
 *   service: services.prometheus,
 *   jobs: [{ job: "redis", target: "redis-exporter:9121" }],
 *   watched: [],
 *   containers: [],
 *   rules: alertsYml(),
 *   facts: facts.volumeName,
 * });
 */
export class Prometheus extends pulumi.ComponentResource {
  readonly containers: pulumi.Output<Contained[]>;
  /** Known once it monitors the containers of this release. */
  readonly ready: pulumi.Output<true>;

  constructor(name: string, args: PrometheusArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:monitoring:Prometheus", name, {}, opts);
    const { scope, network, service, facts } = args;
    const inside = { parent: this };
    const owner = { scope, service: name, user: service.user };
    const base = { user: service.user, graceSeconds: service.graceSeconds };
    const networks = [{ network: network.networkName }];
    const loads = {
      data: dataPlace(`${name}-data`, { ...owner, dataRoot: args.dataRoot, protect: false }, inside),
      files: fileVolume(`${name}-files`, { ...owner, files: configuration(name, args) }, inside),
    };
    const volumes = carrier(`${name}-files`, { scope, service: name, loads }, inside);
    const config = { target: filesFolder, ...volumes.files };
    const image = scope.image(service.image);
    const check = new Job(
      `${name}-check`,
      {
        scope,
        service: name,
        spec: {
          ...base,
          image,
          entrypoint: ["promtool"],
          command: ["check", "config", `${filesFolder}/prometheus.yml`],
          networks,
          mounts: [config],
          limits: { cpus: service.limits.cpus, memory: 128 },
        },
      },
      inside,
    );
    const { container } = new StatefulService(
      name,
      {
        scope,
        override: args.override,
        spec: {
          ...base,
          image: check.gate(image),
          command: service.command ?? command(args),
          environment: ownEnvironment(service),
          networks: [{ network: network.networkName, aliases: [name] }],
          mounts: [
            { target: dataFolder, ...volumes.data, readOnly: false },
            config,
            { target: factsFolder, volume: facts },
          ],
          limits: service.limits,
          health: healthOf(service, httpHealth(service.port, service.health)),
        },
      },
      inside,
    );
    const services = pulumi.output(args.watched).apply(targetsJson);
    const containers = pulumi.output(args.containers).apply(containersProm);
    const release = `${name}-targets-files`;
    const texts = { "services.json": services, "containers.prom": containers };
    const next = { files: fileVolume(release, { ...owner, files: texts }, inside) };
    const { files } = carrier(release, { scope, service: name, loads: next }, inside);
    const targets = new Job(
      `${name}-targets`,
      {
        scope,
        service: name,
        spec: {
          ...base,
          image,
          entrypoint: ["/bin/sh", "-c"],
          command: [publish],
          networks,
          mounts: [
            { target: filesFolder, ...files },
            { target: factsFolder, volume: facts, readOnly: false },
          ],
          limits: { cpus: service.limits.cpus, memory: 64 },
        },
      },
      inside,
    );
    this.containers = pulumi
      .all([container.name, container.id])
      .apply(([found, id]) => [{ service: name, container: found, id }]);
    this.ready = targets.gate(this.containers).apply(() => true as const);
    this.registerOutputs();
  }
}

function configuration(name: string, args: PrometheusArgs): Record<string, string> {
  const { scope, service, jobs, alertmanager, rules } = args;
  return {
    "prometheus.yml": prometheusYml({
      system: scope.system,
      stack: scope.stack,
      jobs: [{ job: name, target: `127.0.0.1:${service.port}` }, ...jobs],
      targetsFile: `${factsFolder}/services.json`,
      ruleFiles: [`${filesFolder}/alerts.yml`],
      alertmanager,
    }),
    "alerts.yml": rules,
  };
}

function command({ service, days = 15 }: PrometheusArgs): string[] {
  return [
    `--config.file=${filesFolder}/prometheus.yml`,
    `--storage.tsdb.path=${dataFolder}`,
    `--storage.tsdb.retention.time=${days}d`,
    `--web.listen-address=0.0.0.0:${service.port}`,
  ];
}
