import type { ServiceOptions, ServiceDefinition, VolumeMount } from "../definition.ts";
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

/** Stands for Grafana's pages, where the system is monitored, and hides these paths then: metrics are Prometheus's to read. */
export interface MonitoringRoutes {
  monitoring: readonly string[];
}

export interface ProxyOptions<
  Service extends string = string,
  Volume extends string = string,
  Zone extends string = string,
> extends ServiceOptions {
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
