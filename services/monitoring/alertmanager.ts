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
import type { ServiceSettings } from "../application/serviceSettings.ts";
import { alertmanagerYml, type AlertOptions } from "./alertmanager.yml.ts";
import type { Contained } from "./contained.ts";

export interface AlertmanagerArgs extends AlertOptions, Overridable {
  scope: Scope;
  network: Network;
  service: ServiceSettings;
  /** Folder of the machine for silences. @default none: a volume */
  dataRoot?: string;
}

const dataFolder = "/alertmanager";
const file = "alertmanager.yml";

/**
 * Groups alerts and sends them on; its configuration is checked by its own `amtool` first.
 *
 * @example
 * const sender = new Alertmanager("alertmanager", {
 *   scope,
 *   network,
 *   service: services.alertmanager,
 *   webhook: config.require("alertWebhook"),
 * });
 */
export class Alertmanager extends pulumi.ComponentResource {
  /** `host:port` for Prometheus. */
  readonly target: string;
  readonly containers: pulumi.Output<Contained[]>;

  constructor(name: string, args: AlertmanagerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:monitoring:Alertmanager", name, {}, opts);
    const { scope, network, service, webhook, slack, email, receivers } = args;
    const inside = { parent: this };
    const owner = { scope, service: name, user: service.user };
    // A webhook's URL is often its own password.
    const content = pulumi.secret(alertmanagerYml({ webhook, slack, email, receivers }));
    const loads = {
      data: dataPlace(`${name}-data`, { ...owner, dataRoot: args.dataRoot, protect: false }, inside),
      files: fileVolume(`${name}-files`, { ...owner, files: { [file]: content } }, inside),
    };
    const volumes = carrier(`${name}-files`, { scope, service: name, loads }, inside);
    const config = { target: filesFolder, ...volumes.files };
    const base = { user: service.user, graceSeconds: service.graceSeconds };
    const image = scope.image(service.image);
    const check = new Job(
      `${name}-check`,
      {
        scope,
        service: name,
        spec: {
          ...base,
          image,
          entrypoint: ["amtool"],
          command: ["check-config", `${filesFolder}/${file}`],
          networks: [{ network: network.networkName }],
          mounts: [config],
          limits: { cpus: service.limits.cpus, memory: 64 },
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
          command: service.command ?? command(service.port),
          environment: ownEnvironment(service),
          networks: [{ network: network.networkName, aliases: [name] }],
          mounts: [{ target: dataFolder, ...volumes.data, readOnly: false }, config],
          limits: service.limits,
          health: healthOf(service, httpHealth(service.port, service.health)),
        },
      },
      inside,
    );
    this.target = `${name}:${service.port}`;
    this.containers = pulumi
      .all([container.name, container.id])
      .apply(([found, id]) => [{ service: name, container: found, id }]);
    this.registerOutputs();
  }
}

function command(port: number): string[] {
  return [
    `--config.file=${filesFolder}/${file}`,
    `--storage.path=${dataFolder}`,
    `--web.listen-address=0.0.0.0:${port}`,
    // It has no others of its kind to talk to.
    "--cluster.listen-address=",
  ];
}
