import type * as pulumi from "@pulumi/pulumi";
import type { Scope } from "../components/containers/scope.ts";
import type { HttpPeer } from "../services/application/application.ts";
import type { ServiceSettings } from "../services/application/serviceSettings.ts";
import type { BackupSettings } from "../services/backup/definition.ts";
import type { AlertSettings } from "../services/monitoring/monitored.ts";
import type { PublicSettings } from "../services/proxy/publicSettings.ts";
import type { Rate } from "../services/proxy/rates.ts";
import type { Beside } from "./places.ts";

/** What a system is built from, beside its definition. */
export interface SystemArgs {
  scope: Scope;
  /** Services that run on machines beside the stack's own. */
  beside: Readonly<Record<string, Beside>>;
  /** Machines that are one swarm with the stack's own. @default none */
  members?: readonly Scope[];
  /** Public name, empty where there is none. */
  domain: string;
  /** What settings say of what the public gets. */
  publicly: PublicSettings;
  /** Checked settings of each service; one that is switched off or somebody else's is absent. */
  services: Readonly<Record<string, ServiceSettings>>;
  /** Requests that one client address may make. */
  rates: Readonly<Record<string, Rate>>;
  /** URLs of what somebody else runs instead of a service. Secret. */
  external: Readonly<Record<string, string>>;
  /** Name of an administrator to be made, empty for none. */
  superuser: string;
  /** When alerts fire, and where they go, where the system is watched. */
  alerts: AlertSettings;
  /** Where backups go, and when. @default none are made */
  backup?: BackupSettings;
  /** Folder of the machine in which a system that keeps data in folders keeps them. */
  dataRoot: string;
}

/** What a system tells the stack's readers. */
export interface System {
  /** Docker's name of the private network. */
  readonly network: pulumi.Output<string>;
  /** HTTP services inside, by name. */
  readonly endpoints: HttpPeer[];
  /** Known once everything serves: what must not be told earlier passes through it. */
  readonly ready: pulumi.Output<true>;
  /** Paths worth opening, by what they show. */
  readonly pages: Record<string, string>;
  /** What a person needs to log in, by what it opens. */
  readonly secrets?: Record<string, pulumi.Output<string>>;
}
