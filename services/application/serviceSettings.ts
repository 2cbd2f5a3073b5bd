import type { Limits } from "../../components/containers/containerSpec.ts";
import { defaultStartSeconds, type HealthCheck } from "../../components/containers/health.ts";
import type { Containment } from "./containment.ts";
import type { HealthKind } from "./healthKind.ts";
import type { JobCommands } from "./jobKinds.ts";

/** Where a secret is kept that settings don't hold. */
export interface StoredSecret {
  store: "aws" | "google";
  /** What it is called there. */
  name: string;
  /** Of a value that is a JSON object. @default the whole value */
  property?: string | undefined;
  /** @default the newest, at each run */
  version?: string | undefined;
  /** Of `aws`. @default an ARN's own, else what AWS's SDK finds */
  region?: string | undefined;
  /** Of `google`. @default the credentials' own */
  project?: string | undefined;
}

/**
 * A secret as settings have it, the name by which the engine keeps one that it makes, or where it is kept and the
 * setting that says so.
 */
export type OwnSecret = { value: string } | { generated: string } | { stored: StoredSecret; key: string };

/** What settings and the system's table say of one service, all plain, all checked. */
export interface ServiceSettings extends Containment {
  name: string;
  /** As written in settings or the table; {@link ImageSource} turns it into what the host runs. */
  image: string;
  /** `uid:gid` of every process. */
  user: string;
  replicas: number;
  limits: Limits;
  /** Seconds between SIGTERM and SIGKILL. */
  graceSeconds: number;
  /** Port inside, 0 where nothing speaks HTTP. */
  port: number;
  /** Path that answers 200 while the service is alive. */
  health: string;
  /** How settings say it is asked. @default the system's way; of an owner's image the probe's */
  healthKind?: HealthKind;
  /** Seconds that one answer may take. @default 5 */
  healthSeconds?: number;
  /** Replaces the system's way to ask whether the service is healthy: a command that exits with 0. */
  healthCommand?: string[];
  /** Seconds a new container may take to become healthy. */
  startSeconds: number;
  environment: Record<string, string>;
  /** Variables that are made of what links hand over, as they are written: `${postgres.host}`. */
  templates?: Record<string, string>;
  /** Secrets of its owner's, by the variable that they take the place of. */
  secrets?: Readonly<Record<string, OwnSecret>>;
  /** Volumes of its owner's, name → path inside: kept, and written by one container at a time. */
  volumes?: Record<string, string>;
  /** Whether `environment` holds secrets: then all of it is encrypted in state, and no preview shows it. */
  secretEnvironment: boolean;
  /**
   * Settings name its image, which may be an owner's own; what else they name, such an image doesn't decide.
   * @default the system names it
   */
  candidate?: { user: boolean; health: boolean; port: boolean };
  /** Its image is an owner's own, see {@link runsOwnProcess}. @default false */
  own?: boolean;
  /** An owner's image runs the system's command and jobs. @default its own */
  process?: "system" | "image";
  /** Commands that run before its new containers: instead of the system's, by what they are for. @default none */
  jobs?: JobCommands;
  /** It may run as root. @default false */
  root?: boolean;
  /** How its image says that it is asked for its health. @default it doesn't */
  imageHealth?: HealthCheck;
  /** Replaces the command of the system. */
  command?: string[];
  /** Folder of this machine mounted over the application, which reloads when it changes. */
  source?: string;
  /** Where in the container it is mounted. */
  sourceFolder: string;
  /** Hand secrets over as environment variables too, for images that can't read files. */
  secretsInEnvironment: boolean;
  /** Path of its metrics for Prometheus, empty where it has none. */
  metrics: string;
  /** Devices of the machine it is handed, such as `/dev/video0`; their group has to be its user's. */
  devices?: string[];
}

/** Whether it runs its image's own ENTRYPOINT and CMD, and none of the system's commands. */
export function runsOwnProcess({ own, process }: Pick<ServiceSettings, "own" | "process">): boolean {
  return own === true && process !== "system";
}

/** What a program says of a service; all else has a default. */
export type WantedService = Pick<ServiceSettings, "image" | "user" | "limits"> &
  Partial<Omit<ServiceSettings, "name">>;

/** A service's settings in full, for a program that says them itself. */
export function serviceSettings(name: string, wanted: WantedService): ServiceSettings {
  return { ...defaults, ...wanted, name };
}

const defaults = {
  replicas: 1,
  graceSeconds: 30,
  port: 0,
  health: "/health",
  startSeconds: defaultStartSeconds,
  environment: {},
  secretEnvironment: false,
  sourceFolder: "/app",
  secretsInEnvironment: false,
  metrics: "",
} satisfies Partial<ServiceSettings>;

/** Whether a new container of it may start only when the old one has stopped. */
export function hasOneWriter({ volumes = {} }: Pick<ServiceSettings, "volumes">): boolean {
  return Object.keys(volumes).length > 0;
}
