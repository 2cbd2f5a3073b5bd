import type { Said, ServiceDefinition, ServiceRow, VolumeMount } from "../definition.ts";
import { exporterRow } from "../monitoring/definition.ts";
import type { Listener, Route, Target, ToUpstream } from "./model.ts";

/** What one path does: it leads to a service, to files of a volume, elsewhere, or to an answer. */
export interface PublicRoute<Service extends string = string, Zone extends string = string> extends Omit<
  Route,
  "to" | "rate"
> {
  // As a template, so that the compiler collects names from texts alone and not from the objects beside them.
  to: `${Service}` | Exclude<Target, ToUpstream>;
  /** `null`: no limit. @default the rate of all routes */
  rate?: Zone | null;
  /** Service that answers instead while its source is mounted. @default none */
  developing?: Service;
}

/** Stands for Grafana's pages, where the system is watched, and hides these paths then: numbers are Prometheus's to read. */
export interface MonitoringRoutes {
  monitoring: readonly string[];
}

export interface ProxyOptions<
  Service extends string = string,
  Volume extends string = string,
  Zone extends string = string,
> extends Said {
  /** What the public gets. @default nothing is published */
  public?: Omit<Listener, "port" | "routes" | "tls" | "names" | "rate"> & {
    /** Of every route that names none. */
    rate?: Zone;
    routes: readonly (PublicRoute<Service, Zone> | MonitoringRoutes)[];
  };
  /** Volumes with files it serves. */
  mounts?: readonly VolumeMount<Volume>[];
  /** Bodies that have to wait do so on a volume and not in memory; for uploads. @default false */
  largeBodies?: boolean;
}

export interface Proxy<
  Service extends string = string,
  Volume extends string = string,
  Zone extends string = string,
>
  extends ServiceDefinition, Pick<ProxyOptions<Service, Volume, Zone>, "public" | "mounts" | "largeBodies"> {}

/** What answers for every HTTP service of its project inside, and, with `public`, what the public gets. */
export function proxy<
  const Service extends string = never,
  const Volume extends string = never,
  const Zone extends string = never,
>(options: ProxyOptions<Service, Volume, Zone>): Proxy<NoInfer<Service>, NoInfer<Volume>, NoInfer<Zone>> {
  const { public: publicly, mounts, largeBodies } = options;
  return {
    ...proxyDefaults,
    ...options,
    phase: "proxy",
    exporter: { name: publicly && "nginx-exporter", row: nginxExporter },
    build: async (args) =>
      (await import("./build.ts")).buildProxy({ public: publicly, mounts, largeBodies }, args),
  };
}

const proxyDefaults = {
  image: "nginx:1.30",
  user: "101:101",
  minMemory: 32,
  maxReplicas: 1,
  replicas: 1,
  graceSeconds: 35,
};

const nginxExporter: ServiceRow = {
  ...exporterRow,
  image: "nginx/nginx-prometheus-exporter:1.4.1",
  port: 9113,
};

/** What answers, on a machine beside the stack's own, for a service that is placed there. */
export const doorRow: ServiceRow = { ...proxyDefaults, cpus: 0.5, memory: 64 };

/** Carries files into volumes on every host, see Scope.filesImage. */
export const filesImage = proxyDefaults.image;
