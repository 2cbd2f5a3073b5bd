import type * as pulumi from "@pulumi/pulumi";
import type { Mount } from "../components/containers/containerSpec.ts";
import type { Network } from "../components/containers/network.ts";
import type { Scope } from "../components/containers/scope.ts";
import type { ApplicationArgs } from "./application/application.ts";
import type { Linkable } from "./application/link.ts";
import type { Kept } from "./backup/kept.ts";
import type { ServiceSettings } from "./application/serviceSettings.ts";
import type { MonitoringArgs } from "./monitoring/monitoring.ts";
import type { ResponseHeaders } from "./proxy/model.ts";
import type { ProxyRoute } from "./proxy/nginx.ts";
import type { PublicSettings } from "./proxy/publicSettings.ts";
import type { Rate } from "./proxy/rates.ts";
import type { Backend } from "./application/backend.ts";
import type { Last } from "./rotation/last.ts";

/**
 * What every kind of service defines for one service, all plain. Settings are checked against it and limits are fitted to
 * the machine with it. Memory is in MiB, CPUs in cores, times in seconds.
 */
export interface ServiceRow {
  /** The image when settings name none: a tag the toolchain can pull, or build offline. */
  image: string;
  /** The image while the service's source is mounted. @default `image` */
  developmentImage?: string;
  /** Memory while the service's source is mounted: what builds needs more than what serves. @default `memory` */
  developmentMemory?: number;
  /** Where a mounted source goes. @default /app */
  sourceFolder?: string;
  /** `uid:gid` of every process. */
  user: string;
  cpus: number;
  memory: number;
  /** Below this the service doesn't start or doesn't hold its load, as measured with the default image. */
  minMemory: number;
  /** How many containers settings may ask for; a service that holds state has exactly one. */
  maxReplicas: number;
  replicas: number;
  /** How long a stop may take before it is forced. */
  graceSeconds: number;
  /** May be left out by `optional`. @default false */
  optional?: boolean;
  /** Port to which `berth tunnel` leads a person when none is named. @default its `port` */
  tunnelPort?: number;
  /** May be one that somebody else runs, by `external`; the form of its URL. @default none */
  external?: ExternalForm;
  /** TCP port inside, for services that speak HTTP. */
  port?: number;
  /** Path that answers 200 while the service is alive. */
  health?: string;
  /** Path of its metrics for Prometheus. @default none */
  metrics?: string;
  /** It keeps data of its own. @default false */
  keepsData?: boolean;
  /** It is part of the monitoring, and there where the system is monitored. @default false */
  watches?: boolean;
  /** Left out, with a warning, where its image can't be had; the rest runs. @default false */
  dispensable?: boolean;
  /** Secrets that the engine makes for it and that can be rotated, by what follows its name. @default none */
  rotates?: (watched: boolean) => readonly string[];
}

/** How settings name one that somebody else runs instead of a service: by its URL. */
export interface ExternalForm {
  /** The rule that an error says. */
  words: string;
  /** What is wrong with one, in words that show nothing of it; nothing where it is right. */
  wrong: (text: string) => string | undefined;
  /** Whether a host's vendor can run it. */
  managed: boolean;
}

/** What a system says of a service of any kind; whatever else there is has a default of its kind. */
export type ServiceOptions = Pick<ServiceRow, "cpus" | "memory"> &
  Partial<Omit<ServiceRow, "cpus" | "memory" | "external" | "watches" | "dispensable" | "rotates">>;

/** A service as its kind completes it. */
export interface ServiceDefinition extends ServiceRow {
  /** What made it, such as `web` or `postgres`. */
  kind: string;
  /** Stores are built first, then applications, then proxies. */
  phase: "store" | "application" | "proxy";
  /** It holds no data, so it may run on another machine than the stack's own. @default false */
  placeable?: boolean;
  /** Callers find it over HTTP by its name, through a proxy. @default false */
  answers?: boolean;
  /** The exporter that gives Prometheus its metrics, where it can't itself; `name` is the exporter's own. @default none */
  exporter?: { name?: string; row: ServiceRow };
  /** What a template in another's environment may name of it, see `hands` of a link. @default where it answers HTTP */
  hands?: HandedNames;
  /** Those of what it `rotates` for which it starts anew within its container. @default none */
  startsAnewFor?: readonly string[];
  /**
   * Secrets of one that a vendor runs in its place, by what follows its name: why the engine can't give them another
   * value, for one of this name. Whatever may be `managed` has some. @default none
   */
  managedSecrets?: Readonly<Record<string, (name: string) => string>>;
  /** Makes its resources. Loads what it takes by itself: a definition costs no provider. */
  build(args: BuildArgs): Promise<Part>;
  /** Makes what stands for one that somebody else runs, see `external`. */
  buildExternal?(args: ExternalArgs): Promise<Part>;
}

/** Names of what is handed over; whoever knows a secret one can log in. */
export interface HandedNames {
  plain: readonly string[];
  secret: readonly string[];
}

export interface ExternalArgs {
  name: string;
  scope: Scope;
  /** `managed`, or its URL; checked. */
  external: string;
  opts: pulumi.ComponentResourceOptions;
}

/** Where a service runs. */
export interface Place {
  scope: Scope;
  network: Network;
  entry?: ServiceSettings;
}

/** What a value that isn't fixed may depend on. `Service` are the services it names in `uses`. */
export interface Context<Service extends string = string> {
  /** Of the service itself: its port and limits as they are. */
  service: ServiceSettings;
  /** Public name, empty where there is none. */
  domain: string;
  /** Every name that is answered, the public name first; none where any is. */
  names: readonly string[];
  /** Whether the system is monitored. */
  watched: boolean;
  /** Whether its machine has a GPU. */
  gpu: boolean;
  /** Whether machines are a swarm: what listens on a socket elsewhere listens on its port, which others reach. */
  swarm: boolean;
  /** Public name or address of the machine. */
  address: pulumi.Output<string>;
  /** All at which the public comes in: a load balancer's, and of every machine that has a proxy, the first one's first. */
  addresses: pulumi.Output<string[]>;
  /** Where the proxy is published. */
  publication: { ip: string; http: number; https?: number };
  /** Where another service answers HTTP. */
  url: (service: Service) => string;
}

/** A value, or how it follows from the context. */
export type Contextual<Service extends string, Value> = Value | ((context: Context<Service>) => Value);

export function valueOf<Value>(value: Value | ((context: Context) => Value), context: Context): Value {
  return value instanceof Function ? value(context) : value;
}

/** What a service is built from. */
export interface BuildArgs {
  name: string;
  service: ServiceSettings;
  place: Place;
  /** Machines that are one swarm with its own. */
  members: readonly Scope[];
  opts: pulumi.ComponentResourceOptions;
  context: Context;
  /** What has to be there before its containers start. */
  after: pulumi.Resource[];
  /** Folder of the machine for its data. @default none: a volume */
  dataRoot?: string;
  /** What the container of an application is handed. */
  application: () => ApplicationArgs;
  /** Settings of another service, which nothing can leave out. */
  settingsOf: (service: string) => ServiceSettings;
  /** The settings of its exporter; absent where the system isn't monitored, or another service has it. */
  exporter?: ServiceSettings;
  /** Lists in it in which work waits, and whose length is worth knowing. */
  lists: readonly string[];
  /** A service that was built before it; nothing where it is switched off. */
  part: (service: string) => Part | undefined;
  /** Service that answers for a volume whose files are in a bucket; nothing where they are in the volume. */
  keeper: (volume: string) => string | undefined;
  /** Every service of its project that answers HTTP. */
  answering: Backend[];
  mounts: (mounts: readonly VolumeMount[]) => Mount[];
  /** Requests that one client address may make, by zone. */
  rates: Readonly<Record<string, Rate>>;
  /** What settings say of what the public gets. */
  publicly: PublicSettings;
  /** Grafana's pages, for the proxy that leads to them. */
  monitoringRoutes: (hidden: readonly string[]) => ProxyRoute[];
}

/** A volume of the system, in a container. */
export interface VolumeMount<Volume extends string = string> {
  volume: Volume;
  /** Absolute path inside. */
  target: string;
  /** @default true */
  readOnly?: boolean;
}

/** A service that was built. */
export interface Part {
  /** What others are handed that use it. */
  link?: Linkable & { parts?: () => Linkable };
  /** What a proxy needs to lead to it. */
  backend?: Backend;
  /** What the proxy's route to it says of headers. @default nothing */
  headers?: ResponseHeaders;
  /** What others wait for that come after it. */
  resource?: pulumi.Resource;
  /** What monitoring has to know of it. */
  watched?: Partial<Pick<MonitoringArgs, "web" | "stores" | "proxies" | "others" | "exporters">>;
  /** What a backup has to hold of it. @default nothing */
  kept?: Kept;
  /** Known once it serves its release. */
  released?: pulumi.Output<true>;
  /** What a person needs to log in, by what it opens. */
  secrets?: Record<string, pulumi.Output<string>>;
  /** Ends what its former secrets open, as the last step of a run. @default there are none */
  retire?: (last: Last) => void;
}
