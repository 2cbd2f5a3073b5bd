import type * as pulumi from "@pulumi/pulumi";
import type { ServiceOptions, ServiceDefinition, Contextual, VolumeMount } from "../definition.ts";

/** What a system says of a service that runs an application's image, beside its size. */
export interface ApplicationOptions<
  Service extends string = string,
  Job extends string = string,
  Volume extends string = string,
> extends ServiceOptions {
  /**
   * Services it calls: of a store it gets the address and password, of another the URL. Nothing else is let through
   * between machines. @default none
   */
  uses?: readonly Service[];
  /** Jobs that have to succeed before a container of it starts: when one fails, the old release serves on. */
  after?: readonly Job[];
  /** What the image runs. @default the image's own command */
  command?: Contextual<Service, string[]>;
  /** What it runs instead while its source is mounted. */
  developmentCommand?: Contextual<Service, string[]>;
  environment?: Contextual<Service, Environment>;
  /** Laid over `environment` while its source is mounted, for the service alone and none of its jobs. */
  developmentEnvironment?: Contextual<Service, Environment>;
  /** Hand over a database as `DATABASE_HOST`, `_PORT`, `_NAME`, `_USER` and `_PASSWORD` too. @default false */
  databaseParts?: boolean;
  /** Secrets of its own, generated once: variable → length. @default none */
  generated?: Readonly<Record<string, { length: number }>>;
  /** Configuration that isn't secret, by file name. @default none */
  files?: Readonly<Record<string, ConfigFile<Service>>>;
  mounts?: readonly VolumeMount<Volume>[];
  /** Every GPU of its machine is handed to it. @default false */
  gpu?: boolean;
}

type Environment = Readonly<Record<string, pulumi.Input<string>>>;

export interface ConfigFile<Service extends string = string> {
  content: Contextual<Service, string>;
  /** Variable that tells where it is. */
  variable?: string;
}

export interface Application<
  Service extends string = string,
  Job extends string = string,
  Volume extends string = string,
>
  extends ServiceDefinition, Omit<ApplicationOptions<Service, Job, Volume>, keyof ServiceDefinition> {}

/** What holds for every application until a system says otherwise. */
export const applicationDefaults = {
  user: "10001:10001",
  image: "berth/reference-app:1",
  minMemory: 64,
  replicas: 1,
  maxReplicas: 32,
  graceSeconds: 35,
  health: "/health",
  metrics: "/metrics",
  sourceFolder: "/srv/app",
  phase: "application",
  placeable: true,
} as const;
