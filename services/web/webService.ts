import * as pulumi from "@pulumi/pulumi";
import { httpHealth } from "../../components/containers/health.ts";
import { Job } from "../../components/containers/job.ts";
import { ReplicatedService } from "../../components/containers/replicatedService.ts";
import { applicationSpec, jobSpec, type ApplicationArgs } from "../application/application.ts";
import type { Backend } from "../application/backend.ts";
import { contained, type Contained } from "../monitoring/contained.ts";
import { Nginx } from "../proxy/nginx.ts";
import { innerPort } from "../proxy/ports.ts";
import { withHealth } from "../application/serviceHealth.ts";
import { hasOneWriter, type ServiceSettings } from "../application/serviceSettings.ts";
import { mountOf, socketHealth, socketServer, type SocketFolder } from "../application/socket.ts";

export interface WebServiceArgs extends ApplicationArgs {
  /** Runs once for each new image, before a container of it starts; when it fails, the old release serves on. */
  migration?: string[];
  /** Listen on a unix socket instead of a port; the command comes from `onSocket`. @default a port */
  socket?: SocketFolder;
  /** Its command listens on its port too, where Prometheus finds it: it doesn't read sockets. @default false */
  alsoOnPort?: boolean;
  /** What answers for it where it is on another machine than its callers. @default they find it by their own proxy */
  entry?: ServiceSettings;
  /**
   * Seconds the proxy keeps a connection to it open for the next request; 0 for gunicorn's sync workers.
   * @default the proxy's
   */
  keepAliveSeconds?: number;
}

/**
 * An application that answers HTTP: replicas that a proxy finds by their own names and answers for by this one.
 *
 * @example
 * const api = new WebService("api", {
 *   scope,
 *   network,
 *   service: services.api,
 *   migration: ["alembic", "upgrade", "head"],
 *   links: [postgres, redis],
 * });
 */
export class WebService extends pulumi.ComponentResource implements Backend {
  readonly name: string;
  /** On which its proxy answers for it. */
  readonly port: number;
  /** Where callers inside the network find it, through its proxy. */
  readonly url: string;
  /** Where a proxy finds each container, as nginx writes it. */
  readonly servers: pulumi.Output<string[]>;
  readonly socket?: SocketFolder;
  readonly keepAliveSeconds?: number;
  /** `container:port` of each container, for Prometheus. */
  readonly targets: pulumi.Output<string[]>;
  /** Path of the metrics of each container, empty where it has none. */
  readonly metrics: string;
  /** Each container, as the Docker Engine names it. */
  readonly containers: pulumi.Output<Contained[]>;

  constructor(name: string, args: WebServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:services:WebService", name, {}, opts);
    const { scope, service, socket } = args;
    this.name = name;
    this.socket = socket;
    this.keepAliveSeconds = args.keepAliveSeconds;
    this.port = innerPort(service.port);
    this.url = `http://${name}:${this.port}`;
    const inside = { parent: this };
    // A migration is a container, and shares its files.
    const spreads = socket === undefined && args.migration === undefined;
    const { spec, dependsOn } = applicationSpec(name, args, this, { spreads });
    const { folder } = socket ?? {};
    const preset = folder
      ? socketHealth(folder, service.health)
      : httpHealth(service.port, service.health, undefined, service.healthSeconds);
    const socketMounts = socket ? [{ ...mountOf(socket), readOnly: false }] : [];
    const mounts = [...(spec.mounts ?? []), ...socketMounts];
    const image = args.migration
      ? this.#migrate(args.migration, { ...args, spec, dependsOn }).gate(spec.image)
      : spec.image;
    const replicas = new ReplicatedService(
      name,
      {
        scope,
        replicas: service.replicas,
        spec: withHealth({ ...spec, image, mounts }, args, preset),
        dependsOn,
        deleteFirst: hasOneWriter(service),
        override: args.override,
      },
      inside,
    );
    const hosts = isLong(name, service.replicas) ? replicas.hostnames : replicas.containers;
    const found = hosts.apply((all) => all.map((each) => `${each}:${service.port}`));
    const servers = socket
      ? replicas.hostnames.apply((hostnames) => hostnames.map((host) => socketServer(socket.folder, host)))
      : found;
    this.servers = args.entry ? this.#open(args.entry, args, servers) : servers;
    this.targets = args.entry ? this.servers : found;
    this.metrics = socket && !args.alsoOnPort ? "" : service.metrics;
    this.containers = contained(name, replicas.containers, replicas.ids);
    this.registerOutputs();
  }

  /**
   * A proxy beside it on its machine, which answers on the private network and is switched from release to release, so
   * that callers elsewhere know one address and no replica.
   */
  #open(
    entry: ServiceSettings,
    { scope, network }: WebServiceArgs,
    servers: pulumi.Output<string[]>,
  ): pulumi.Output<string[]> {
    const { name, port, keepAliveSeconds, url } = this;
    const inside = { name, port, url, servers, keepAliveSeconds };
    const proxy = new Nginx(
      entry.name,
      { scope, network, service: entry, answersFor: [inside] },
      { parent: this },
    );
    const address = scope.neighbours?.address ?? name;
    return pulumi.all([address, proxy.released]).apply(([found]) => [`${found}:${port}`]);
  }

  #migrate(command: string[], args: WebServiceArgs & ReturnType<typeof applicationSpec>): Job {
    const { scope, spec, dependsOn } = args;
    const service = this.name;
    return new Job(
      `${service}-migration`,
      { scope, service, spec: jobSpec(spec, command), dependsOn, application: true },
      { parent: this },
    );
  }
}

/**
 * Whether names of its replicas, which have a number and eight signs of Pulumi's more, are longer than the 63 that DNS
 * takes. Docker answers for a container's short id too, which is its hostname; but that is known only once it runs, and no
 * preview shows it.
 */
function isLong(name: string, replicas: number): boolean {
  return `${name}-${replicas}`.length + 8 > 63;
}
