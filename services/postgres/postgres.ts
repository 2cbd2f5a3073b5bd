import * as pulumi from "@pulumi/pulumi";
import { carrier } from "../../components/containers/carrier.ts";
import type { Mount } from "../../components/containers/containerSpec.ts";
import { dataPlace } from "../../components/containers/dataPlace.ts";
import { fileVolume, filesFolder } from "../../components/containers/fileVolume.ts";
import { GeneratedSecret } from "../../components/containers/generatedSecret.ts";
import { Job } from "../../components/containers/job.ts";
import { offeredPorts } from "../../components/containers/neighbours.ts";
import type { Network } from "../../components/containers/network.ts";
import type { Overridable } from "../../components/containers/override.ts";
import type { Scope } from "../../components/containers/scope.ts";
import { StatefulService } from "../../components/containers/statefulService.ts";
import { sharedVolume } from "../../components/containers/sharedVolume.ts";
import { ownEnvironment } from "../application/ownEnvironment.ts";
import { variables, type Link, type Linkable } from "../application/link.ts";
import type { Contained } from "../monitoring/contained.ts";
import { clusterFolder, dataFolder, postgresCheck } from "./postgres.check.ts";
import { postgresConf } from "./postgres.conf.ts";
import { startWhole } from "./postgres.start.ts";
import { loginName } from "./login.ts";
import { provisionSql } from "./provision.sql.ts";
import { retireLogins } from "./retire.ts";
import type { Last } from "../rotation/last.ts";
import type { ServiceSettings } from "../application/serviceSettings.ts";

export interface PostgresArgs extends Overridable {
  scope: Scope;
  network: Network;
  service: ServiceSettings;
  /** The application's own database. */
  database: string;
  /** The role that owns it and nothing else. */
  role: string;
  /** Server parameters, `shared_buffers` → `128MB`. */
  parameters?: Record<string, string>;
  /** Say them in a file, `postgresql.conf`, that PostgreSQL itself has checked, and not in the command. @default false */
  confFile?: boolean;
  /** Folder of the machine for its data. @default none: a volume */
  dataRoot?: string;
  /** Make a role that may read its statistics and nothing else, see {@link Postgres.monitor}. @default false */
  monitored?: boolean;
}

/** How an exporter logs in. */
export interface PostgresMonitor {
  host: string;
  database: string;
  role: string;
  password: pulumi.Output<string>;
  /** Known once the role can log in. */
  ready: pulumi.Output<true>;
}

const monitorRole = "monitoring";
const confPath = `${filesFolder}/postgresql.conf`;
const runFolder = "/var/run/postgresql";

/**
 * PostgreSQL with one database and one role of its own, reached by its name on the network alone.
 *
 * @example
 * const postgres = new Postgres("postgres", {
 *   scope,
 *   network,
 *   service: services.postgres,
 *   database: "shop",
 *   role: "shop",
 * });
 * new WebService("api", { scope, network, service: services.api, links: [postgres] });
 */
export class Postgres extends pulumi.ComponentResource implements Linkable {
  readonly name: string;
  readonly #url: pulumi.Output<string>;
  readonly #provisioned: Job;
  readonly #parts: Link;
  readonly #hands: Link["hands"];
  readonly #monitor: PostgresMonitor | undefined;
  /** Ends the logins of before; nothing where there are none. Its last step, when what uses it was released. */
  readonly retire: ((last: Last) => void) | undefined;
  /** The folder of its socket, on which its superuser needs no password. */
  readonly socket: Pick<Mount, "volume">;
  /** Its container, as the Docker Engine names it. */
  readonly containers: pulumi.Output<Contained[]>;

  constructor(name: string, args: PostgresArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:services:Postgres", name, {}, opts);
    this.name = name;
    const { scope, network, service, database, role } = args;
    const inside = { parent: this };
    const owner = { scope, service: name, user: service.user };
    const secret = (own: string, protect: boolean) =>
      new GeneratedSecret(own, { protect, counter: scope.rotate?.[own] }, inside);
    const password = secret(`${name}-password`, scope.protectData);
    const superuser = secret(`${name}-superuser-password`, scope.protectData);
    const monitoring = args.monitored ? secret(`${name}-monitoring-password`, false) : undefined;
    const { [`${name}-password`]: counter = 1 } = scope.rotate ?? {};
    const user = loginName({ role, counter });
    const conf = args.confFile ? postgresConf(args.parameters ?? {}) : undefined;
    const sql = pulumi
      .all([password.value, superuser.value, monitoring?.value])
      .apply(([own, all, watcher]) =>
        provisionSql({
          database,
          role,
          password: own,
          counter,
          superuserPassword: all,
          ...(watcher !== undefined && { monitor: { role: monitorRole, password: watcher } }),
        }),
      );
    const secrets = {
      // What a new volume begins with, whatever its password is then: another would make another container.
      superuser_password: superuser.first,
      ...(conf !== undefined && { "postgresql.conf": conf }),
    };
    const loads = {
      data: dataPlace(`${name}-data`, { ...owner, dataRoot: args.dataRoot }, inside),
      socket: sharedVolume(`${name}-socket`, owner, inside),
      files: fileVolume(`${name}-files`, { ...owner, files: secrets }, inside),
      script: fileVolume(`${name}-provision-files`, { ...owner, files: { "provision.sql": sql } }, inside),
    };
    const volumes = carrier(`${name}-files`, { scope, service: name, loads }, inside);
    this.socket = volumes.socket;
    const image = postgresCheck({ scope, service, volumes, conf: conf !== undefined }, inside);
    const base = { image, user: service.user, graceSeconds: service.graceSeconds };
    const server = new StatefulService(
      name,
      {
        scope,
        override: args.override,
        spec: {
          ...base,
          entrypoint: startWhole,
          command: [
            "postgres",
            ...flags(conf === undefined ? (args.parameters ?? {}) : { config_file: confPath }),
          ],
          environment: {
            POSTGRES_PASSWORD_FILE: `${filesFolder}/superuser_password`,
            POSTGRES_INITDB_ARGS: "--data-checksums",
            PGDATA: clusterFolder,
            ...ownEnvironment(service),
          },
          networks: [{ network: network.networkName, aliases: [name] }],
          ports: offeredPorts(scope, name, 5432),
          mounts: [
            { target: dataFolder, ...volumes.data, readOnly: false },
            { target: runFolder, ...volumes.socket, readOnly: false },
            { target: filesFolder, ...volumes.files },
          ],
          limits: service.limits,
          // Over TCP: while the image initialises a volume its temporary server listens on the socket alone.
          health: {
            test: ["CMD", "pg_isready", "-q", "-h", "127.0.0.1", "-U", "postgres"],
            inShell: true,
            startSeconds: Math.max(service.startSeconds, 120),
          },
          stopSignal: "SIGINT",
          sharedMemory: Math.max(64, Math.floor(service.limits.memory / 4)),
        },
      },
      inside,
    );
    this.#provisioned = new Job(
      `${name}-provision`,
      {
        scope,
        service: name,
        dependsOn: [server.container],
        spec: {
          ...base,
          entrypoint: ["psql"],
          command: [
            "-q",
            "-X",
            "-h",
            runFolder,
            "-U",
            "postgres",
            "-d",
            "postgres",
            "-f",
            `${filesFolder}/provision.sql`,
          ],
          // It comes by the socket.
          networks: [],
          mounts: [
            { target: runFolder, ...volumes.socket },
            { target: filesFolder, ...volumes.script },
          ],
          limits: { cpus: service.limits.cpus, memory: 64 },
        },
      },
      inside,
    );
    this.#url = pulumi.interpolate`postgresql://${user}:${password.value}@${name}:5432/${database}`;
    this.#parts = {
      environment: {
        DATABASE_HOST: name,
        DATABASE_PORT: "5432",
        DATABASE_NAME: database,
        DATABASE_USER: user,
      },
      secrets: { DATABASE_PASSWORD: password.value },
      dependsOn: [],
    };
    this.#hands = {
      ...{ host: name, port: "5432", user, database },
      ...{ password: password.value, url: this.#url },
    };
    this.#monitor = monitoring && {
      host: name,
      database,
      role: monitorRole,
      password: monitoring.value,
      ready: this.#provisioned.gate(true),
    };
    const retiring = {
      ...{ scope, base, cpus: service.limits.cpus, socket: volumes.socket },
      login: { role, counter },
    };
    this.retire =
      counter === 1
        ? undefined
        : (last) => {
            retireLogins(name, retiring, last);
          };
    this.containers = pulumi
      .all([server.container.name, server.container.id])
      .apply(([container, id]) => [{ service: name, container, id }]);
    this.registerOutputs();
  }

  /** The same as {@link link} for applications that want `DATABASE_HOST`, `_PORT`, `_NAME`, `_USER` and `_PASSWORD`. */
  parts(): Linkable {
    const { environment, secrets } = this.#parts;
    return variables({ environment, secrets, gates: [this.#provisioned] });
  }

  /** The role that monitors it, once it is there; none unless `monitored`. */
  monitor(): PostgresMonitor | undefined {
    return this.#monitor;
  }

  link(): Link {
    return {
      environment: {},
      secrets: { DATABASE_URL: this.#url },
      dependsOn: [],
      gates: [this.#provisioned],
      hands: this.#hands,
    };
  }
}

function flags(parameters: Record<string, string>): string[] {
  return Object.entries(parameters).flatMap(([key, value]) => ["-c", `${key}=${value}`]);
}
