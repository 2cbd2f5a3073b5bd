import type * as pulumi from "@pulumi/pulumi";
import type { Scope } from "../components/containers/scope.ts";
import type { Application } from "../services/application/definition.ts";
import type { ApplicationArgs } from "../services/application/application.ts";
import type { JobKind } from "../services/application/jobKinds.ts";
import type { Gate } from "../services/application/link.ts";
import type { ServiceDefinition, VolumeMount } from "../services/definition.ts";
import type { PublicRoute, MonitoringRoutes } from "../services/proxy/options.ts";
import type { Rate } from "../services/proxy/rates.ts";

// All that a system's file needs: how services are defined, and the commands that many of them run.
export { celeryBeat, celeryWorker } from "../services/application/celery.ts";
export { djangoSuperuser } from "../services/application/django.ts";
export { gunicorn } from "../services/application/gunicorn.ts";
export { isSecure, origins } from "../services/application/origins.ts";
export { reloading } from "../services/application/reloading.ts";
export { runsOwnProcess } from "../services/application/serviceSettings.ts";
export { onSocket } from "../services/application/socket.ts";
export { reloadingUvicorn } from "../services/application/uvicorn.ts";
export type { Context } from "../services/definition.ts";
export { tuned } from "../services/postgres/postgres.tuning.ts";
export { uploadedFilesHeaders } from "../services/proxy/headers.ts";
export { objectStore } from "../services/objectStore/definition.ts";
export { postgres } from "../services/postgres/definition.ts";
export { proxy } from "../services/proxy/definition.ts";
export { redis } from "../services/redis/definition.ts";
export { scheduler } from "../services/scheduler/definition.ts";
export { site } from "../services/site/definition.ts";
export { web } from "../services/web/definition.ts";
export { worker } from "../services/worker/definition.ts";

/** A system as plain data and a few functions: one file holds all of it. */
export interface SystemDefinition<
  Service extends string = string,
  Job extends string = string,
  Volume extends string = string,
  Queue extends string = string,
  Zone extends string = string,
> {
  /** Lower-case letters, digits and dashes. */
  name: string;
  /** As its owners write it. @default the name in upper case */
  title?: string;
  /** Its part of the type that its component has in state. @default the name, with a capital */
  component?: string;
  /** Docker's name of the private network; settings may give another. */
  network: string;
  /** In the order in which people read them. */
  services: Record<
    Service,
    ServiceOf<NoInfer<Service>, NoInfer<Job>, NoInfer<Volume>, NoInfer<Queue>, NoInfer<Zone>>
  >;
  /** Commands of a service's image that run once for each new image and setting. @default none */
  jobs?: Record<Job, JobDefinition<NoInfer<Service>, NoInfer<Job>, NoInfer<Volume>>>;
  /** @default none */
  volumes?: Record<Volume, VolumeDefinition<NoInfer<Service>, NoInfer<Job>>>;
  /** Where work waits, see `queue` of a worker. @default none */
  queues?: Record<Queue, QueueDefinition<NoInfer<Service>>>;
  /** Requests that one client address may make, by the name under which settings change them. @default none */
  rates?: Record<Zone, Rate>;
  /** Paths worth opening, by what they show. */
  pages: Readonly<Record<string, string>>;
  /** Groups of services that come up one after the other; the first has the network. @default all are one */
  projects?: readonly Project<NoInfer<Service>>[];
  /** Keep data in folders of the machine, below `dataRoot`, and not in volumes. @default false */
  folders?: boolean;
  /** Its document has it monitored, whatever settings say. @default false */
  watched?: boolean;
  /** `superuser` may name an administrator, whom `extra` makes. @default false */
  superuser?: boolean;
  /** Makes what no kind of service has. @default nothing */
  extra?: (system: BuiltSystem<NoInfer<Service>, NoInfer<Job>>) => Promise<Extra>;
}

/** A service of any kind; what it names has to be in the system. */
export type ServiceOf<
  Service extends string = string,
  Job extends string = string,
  Volume extends string = string,
  Queue extends string = string,
  Zone extends string = string,
> = ServiceDefinition &
  Partial<Omit<Application<Service, Job, Volume>, keyof ServiceDefinition>> & {
    queue?: Queue;
    socket?: { volume: Volume; folder: string };
    api?: Service;
    client?: Service;
    public?: { rate?: Zone; routes: readonly (PublicRoute<Service, Zone> | MonitoringRoutes)[] };
  };

export interface JobDefinition<
  Service extends string = string,
  Job extends string = string,
  Volume extends string = string,
> {
  /** Service whose image it runs, with its environment, secrets and mounts. */
  of: Service;
  command: readonly string[];
  /** What it is for: settings replace its command by this word. @default none of these */
  does?: JobKind;
  /** Jobs that have to succeed before it. @default none */
  after?: readonly Job[];
  /** Hand it these volumes alone, and nothing else of the service. @default all that the service has */
  only?: readonly VolumeMount<Volume>[];
}

export interface VolumeDefinition<Service extends string = string, Job extends string = string> {
  /** `data` outlives everything, `shared` holds nothing worth keeping, `folder` is one of the machine below `dataRoot`. */
  keeps: "data" | "shared" | "folder";
  /** Service whose user owns it. */
  of: Service;
  /** `0755` lets other users read. @default "0700" */
  permissions?: string;
  /**
   * Its files may be in a bucket instead, by `external` and the volume's name: its owner is handed the bucket, answers the
   * paths at which the proxy serves the volume, and has the folder for what is on its way. @default false
   */
  bucket?: boolean;
  /**
   * All that is in it is the work of this job. On a swarm each machine has one of its own then, and the job runs on each.
   * @default services write into it
   */
  filledBy?: Job;
}

export interface QueueDefinition<Service extends string = string> {
  /** Redis that holds it. */
  in: Service;
  /** @default its name */
  list?: string;
}

export interface Project<Service extends string = string> {
  name: string;
  services: readonly Service[];
  /** Services that its applications and proxies come up after. @default none */
  after?: readonly Service[];
}

/** What `extra` is handed once everything else of the system is made. */
export interface BuiltSystem<Service extends string = string, Job extends string = string> {
  scope: Scope;
  opts: pulumi.ComponentResourceOptions;
  /** Name of an administrator to be made, empty for none. */
  superuser: string;
  /** What a job of this service is handed. */
  argsOf: (service: Service) => ApplicationArgs;
  job: (name: Job) => Gate;
  /** What has to be there before what needs the service to run. */
  resource: (service: Service) => pulumi.Resource | undefined;
}

export interface Extra {
  /** What a person needs to log in, by what it opens. */
  secrets?: Record<string, pulumi.Output<string>>;
}

/** Defines a system. Names are checked by the compiler: a service, job, volume, queue or rate that isn't there is an error. */
export function defineSystem<
  const Service extends string,
  const Job extends string = never,
  const Volume extends string = never,
  const Queue extends string = never,
  const Zone extends string = never,
>(system: SystemDefinition<Service, Job, Volume, Queue, Zone>): SystemDefinition {
  defined.add(system);
  return system;
}

/** What {@link defineSystem} made, in this program. */
const defined = new WeakSet<object>();

export function isSystem(value: unknown): value is SystemDefinition {
  return typeof value === "object" && value !== null && defined.has(value);
}
