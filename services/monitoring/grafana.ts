import * as pulumi from "@pulumi/pulumi";
import { carrier } from "../../components/containers/carrier.ts";
import { dataPlace } from "../../components/containers/dataPlace.ts";
import { fileVolume, filesFolder } from "../../components/containers/fileVolume.ts";
import { GeneratedSecret } from "../../components/containers/generatedSecret.ts";
import { httpHealth } from "../../components/containers/health.ts";
import { known } from "../../components/containers/known.ts";
import type { Network } from "../../components/containers/network.ts";
import type { Overridable } from "../../components/containers/override.ts";
import type { Scope } from "../../components/containers/scope.ts";
import { StatefulService } from "../../components/containers/statefulService.ts";
import type { ProxyRoute } from "../proxy/nginx.ts";
import { ownEnvironment } from "../application/ownEnvironment.ts";
import { healthOf } from "../application/serviceHealth.ts";
import type { ServiceSettings } from "../application/serviceSettings.ts";
import type { Backend } from "../application/backend.ts";
import type { Contained } from "./contained.ts";
import { grafanaFiles, grafanaFolders } from "./grafana.files.ts";

export interface GrafanaArgs extends Overridable {
  scope: Scope;
  network: Network;
  service: ServiceSettings;
  /** Where Prometheus answers, such as `http://prometheus:9090`. */
  prometheus: string;
  /** Path behind the proxy, with a slash at both ends. */
  path: string;
  /** Folder of the machine for its data. @default none: a volume */
  dataRoot?: string;
}

const dataFolder = "/var/lib/grafana";
const passwordFile = `${filesFolder}/admin_password`;

/** It reads the password for a new database only; an older one is given it here, so that none depends on the data. */
const start = `if [ -s ${dataFolder}/grafana.db ]; then
grafana cli --homepath /usr/share/grafana admin reset-admin-password --password-from-stdin <${passwordFile} >/dev/null || echo "grafana: the administrator's password stays as it was" >&2
fi; exec /run.sh`;

/**
 * Grafana with its data source and dashboards as files, on a path of its own behind the proxy.
 *
 * @example
 * const grafana = new Grafana("grafana", {
 *   scope,
 *   network,
 *   service: services.grafana,
 *   prometheus: "http://prometheus:9090",
 *   path: "/grafana/",
 * });
 */
export class Grafana extends pulumi.ComponentResource implements Backend {
  readonly name: string;
  readonly port: number;
  readonly url: string;
  readonly servers: pulumi.Output<string[]>;
  readonly containers: pulumi.Output<Contained[]>;
  /** Of the user `admin`. */
  readonly password: pulumi.Output<string>;
  readonly path: string;

  constructor(name: string, args: GrafanaArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:monitoring:Grafana", name, {}, opts);
    const { scope, network, service, path } = args;
    const inside = { parent: this };
    const owner = { scope, service: name, user: service.user };
    // It unlocks nothing that a new one wouldn't: the start below sets it.
    const own = `${name}-password`;
    const password = new GeneratedSecret(own, { protect: false, counter: scope.rotate?.[own] }, inside).value;
    const provision = grafanaFiles(args.prometheus);
    const part = (kind: keyof typeof provision) =>
      fileVolume(`${name}-${kind}`, { ...owner, files: provision[kind] }, inside);
    const loads = {
      data: dataPlace(`${name}-data`, { ...owner, dataRoot: args.dataRoot, protect: false }, inside),
      files: fileVolume(`${name}-files`, { ...owner, files: { admin_password: password } }, inside),
      datasources: part("datasources"),
      dashboards: part("dashboards"),
      models: part("models"),
    };
    const volumes = carrier(`${name}-files`, { scope, service: name, loads }, inside);
    const { container } = new StatefulService(
      name,
      {
        scope,
        override: args.override,
        spec: {
          image: scope.image(service.image),
          user: service.user,
          entrypoint: ["/bin/sh", "-c"],
          command: service.command ?? [start],
          environment: { ...environment(service.port, path), ...ownEnvironment(service) },
          networks: [{ network: network.networkName, aliases: [name] }],
          mounts: [
            { target: dataFolder, ...volumes.data, readOnly: false },
            { target: filesFolder, ...volumes.files },
            { target: grafanaFolders.datasources, ...volumes.datasources },
            { target: grafanaFolders.dashboards, ...volumes.dashboards },
            { target: grafanaFolders.models, ...volumes.models },
          ],
          limits: service.limits,
          health: healthOf(service, httpHealth(service.port, service.health)),
          graceSeconds: service.graceSeconds,
        },
      },
      inside,
    );
    this.name = name;
    this.port = service.port;
    this.path = path;
    this.url = `http://${name}:${service.port}`;
    this.servers = known([`${name}:${service.port}`], container);
    this.containers = pulumi
      .all([container.name, container.id])
      .apply(([found, id]) => [{ service: name, container: found, id }]);
    this.password = password;
    this.registerOutputs();
  }

  /** What the proxy needs to lead to it. Its pages bring scripts of their own, which it guards itself. */
  routes(): ProxyRoute[] {
    return [
      { path: this.path, to: this, headers: { "Content-Security-Policy": null } },
      { path: this.path.slice(0, -1), exact: true, to: { redirect: this.path } },
    ];
  }
}

function environment(port: number, path: string): Record<string, string> {
  return {
    GF_SERVER_HTTP_PORT: String(port),
    GF_SERVER_ROOT_URL: `%(protocol)s://%(domain)s${path}`,
    GF_SERVER_SERVE_FROM_SUB_PATH: "true",
    GF_SECURITY_ADMIN_PASSWORD__FILE: passwordFile,
    GF_SECURITY_CONTENT_SECURITY_POLICY: "true",
    GF_USERS_ALLOW_SIGN_UP: "false",
    GF_ANALYTICS_REPORTING_ENABLED: "false",
    GF_ANALYTICS_CHECK_FOR_UPDATES: "false",
    GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: "false",
    GF_LOG_MODE: "console",
  };
}
