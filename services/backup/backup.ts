import * as pulumi from "@pulumi/pulumi";
import { carrier } from "../../components/containers/carrier.ts";
import type { ContainerSpec, Mount } from "../../components/containers/containerSpec.ts";
import { fileVolume, filesFolder } from "../../components/containers/fileVolume.ts";
import { GeneratedSecret } from "../../components/containers/generatedSecret.ts";
import { imageFolders } from "../../components/containers/imageFolders.ts";
import { Job } from "../../components/containers/job.ts";
import type { Network } from "../../components/containers/network.ts";
import type { Overridable } from "../../components/containers/override.ts";
import { probeMount } from "../../components/containers/probe.ts";
import { probeFolder, probeHttp } from "../../components/containers/probeHealth.ts";
import type { Scope } from "../../components/containers/scope.ts";
import { sharedVolume } from "../../components/containers/sharedVolume.ts";
import { StatefulService } from "../../components/containers/statefulService.ts";
import type { Gate } from "../application/link.ts";
import { healthOf } from "../application/serviceHealth.ts";
import type { ServiceSettings } from "../application/serviceSettings.ts";
import { containedOne, type Contained } from "../monitoring/contained.ts";
import type { ScrapeJob } from "../monitoring/prometheus.yml.ts";
import { resticImage, type BackupSettings } from "./definition.ts";
import type { Kept } from "./kept.ts";
import {
  keepOptions,
  passLine,
  secretFiles,
  targetFolder,
  targetKeys,
  targetVariables,
} from "./repository.ts";
import { scheduleOf, scheduleVariables } from "./schedule.ts";
import { backupScript } from "./scripts.ts";

export interface BackupArgs extends Overridable {
  scope: Scope;
  network: Network;
  service: ServiceSettings;
  settings: BackupSettings;
  /** All that there is to keep, of one PostgreSQL at most. */
  kept: Kept;
}

const stateFolder = "/var/lib/berth-backup";
const programFolder = "/run/berth-restic";
const certificatesFolder = "/run/berth-certificates";
const socketFolder = "/var/run/postgresql";

/**
 * Makes backups on a schedule, encrypted by restic before they leave: every database by `pg_dump`, every volume as it
 * is. It runs the database's own image, reads data read-only, and has no way to the Docker Engine.
 *
 * Files belong to the users of many services. It reads them as root that has lost every power but that one
 * (CAP_DAC_READ_SEARCH): Docker hands a user other than root no capability that a program would keep
 * (https://github.com/moby/moby/issues/8460). Into a folder of the machine, which may be anybody's, it writes too. For
 * drills it starts a PostgreSQL that is nobody's, and so may become another user.
 *
 * @example
 * new Backup("backup", {
 *   scope,
 *   network,
 *   service: services.backup,
 *   settings: { target: { kind: "folder", folder: "/mnt/nas/shop" }, schedule: "03:15", drill: "weekly", beforeMigration: true },
 *   kept: { volumes: { models: { folder: "/srv/shop/models" } } },
 * });
 */
export class Backup extends pulumi.ComponentResource {
  /** What backups are encrypted with. */
  readonly password: pulumi.Output<string>;
  /** Its container, as the Docker Engine names it. */
  readonly containers: pulumi.Output<Contained[]>;
  /** Where Prometheus reads when the last backup was, and how it ended. */
  readonly job: ScrapeJob;
  readonly #spec: ContainerSpec;
  readonly #name: string;
  readonly #args: BackupArgs;

  constructor(name: string, args: BackupArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:services:Backup", name, {}, opts);
    this.#name = name;
    this.#args = args;
    const { scope, network, service, settings, kept } = args;
    const inside = { parent: this };
    const owner = { scope, service: name, user: service.user };
    this.password =
      settings.password === undefined
        ? new GeneratedSecret(`${name}-password`, { protect: scope.protectData }, inside).value
        : pulumi.secret(settings.password);
    const access = databaseAccess(kept);
    const loads = {
      // Passed through by the user of a drill's server, who may read nothing in it.
      state: sharedVolume(`${name}-state`, { ...owner, permissions: "0711" }, inside),
      files: fileVolume(`${name}-files`, { ...owner, files: this.#files(settings, access) }, inside),
      ...(settings.target.kind === "folder" && {
        // Made where it isn't there, and left as it is where it is.
        target: { folder: pulumi.output(settings.target.folder), uploads: [] },
      }),
    };
    const volumes = carrier(`${name}-files`, { scope, service: name, loads }, inside);
    const target = "target" in volumes ? [{ target: targetFolder, ...volumes.target, readOnly: false }] : [];
    const program = imageFolders(
      `${name}-program`,
      {
        scope,
        service: name,
        image: scope.image(resticImage),
        folders: [
          { path: "/usr/bin", target: programFolder },
          // Of those who sign the certificates of storage; the database's image needn't have any.
          { path: "/etc/ssl/certs", target: certificatesFolder },
        ],
      },
      inside,
    );
    this.#spec = {
      image: scope.image(service.image),
      user: service.user,
      root: true,
      capabilities: capabilities(settings, kept),
      loosened: ["capabilities"],
      entrypoint: [`${probeFolder}/busybox`, "sh", `${filesFolder}/backup.sh`],
      environment: { ...variables(scope, service, settings), ...access.environment },
      networks: [{ network: network.networkName }],
      mounts: [
        { target: stateFolder, ...volumes.state, readOnly: false },
        { target: filesFolder, ...volumes.files },
        ...target,
        ...program,
        probeMount(scope),
        ...dataMounts(kept),
      ],
      limits: service.limits,
      graceSeconds: service.graceSeconds,
    };
    const { container } = new StatefulService(
      name,
      {
        scope,
        override: args.override,
        spec: {
          ...this.#spec,
          command: ["serve"],
          networks: [{ network: network.networkName, aliases: [name] }],
          health: healthOf(service, probeHttp(service.port, service.health, 399)),
        },
      },
      inside,
    );
    this.containers = containedOne(name, container);
    this.job = { job: name, target: `${name}:${service.port}`, path: service.health };
    this.registerOutputs();
  }

  /**
   * A backup that is made before a migration of this name to this image, and once for each image: what waits for it
   * doesn't go on when it fails. Where databases are still empty there is nothing to keep, and it does nothing.
   */
  before(migration: string, image: pulumi.Input<string>): Gate {
    const { scope, kept } = this.#args;
    const ready = (kept.gates ?? []).reduce<pulumi.Input<string>>(
      (open, gate) => gate.gate(open),
      this.#spec.image,
    );
    return new Job(
      `${this.#name}-${migration}`,
      {
        scope,
        service: this.#name,
        spec: {
          ...this.#spec,
          image: ready,
          command: ["before"],
          environment: { ...this.#spec.environment, BACKUP_BEFORE: image },
        },
      },
      { parent: this },
    );
  }

  #files({ target }: BackupSettings, { login }: DatabaseAccess): Record<string, pulumi.Input<string>> {
    const keys = targetKeys(target);
    return {
      "backup.sh": backupScript(),
      [secretFiles.password]: this.password,
      ...(keys !== undefined && { [secretFiles.keys]: pulumi.secret(keys) }),
      ...(login && { [secretFiles.login]: login }),
    };
  }
}

/** PostgreSQL refuses to run as root, so a drill's server is another user's. */
function capabilities({ target, drill }: BackupSettings, { socket, database }: Kept): string[] {
  const serves = drill === "weekly" && (socket !== undefined || database !== undefined);
  return [
    target.kind === "folder" ? "CAP_DAC_OVERRIDE" : "CAP_DAC_READ_SEARCH",
    ...(serves ? ["CAP_SETGID", "CAP_SETUID"] : []),
  ];
}

interface DatabaseAccess {
  environment: Record<string, pulumi.Input<string>>;
  login?: pulumi.Output<string>;
}

/** How `pg_dump` gets in: over the socket of ours as its superuser, or with the login that applications have. */
function databaseAccess({ socket, database }: Kept): DatabaseAccess {
  if (socket !== undefined)
    return { environment: { BACKUP_DATABASES: "all", PGHOST: socketFolder, PGUSER: "postgres" } };
  if (database === undefined) return { environment: { BACKUP_DATABASES: "none" } };
  const {
    host = "",
    port = "",
    user = "",
    database: named = "",
    password = "",
  } = database.link().hands ?? {};
  const parameters = Object.entries(database.parts().link().environment).filter(([name]) =>
    name.startsWith("PG"),
  );
  return {
    environment: {
      ...Object.fromEntries(parameters),
      ...{ BACKUP_DATABASES: "one", PGHOST: host, PGPORT: port, PGUSER: user, PGDATABASE: named },
      PGPASSFILE: `${filesFolder}/${secretFiles.login}`,
    },
    login: pulumi.secret(password).apply(passLine),
  };
}

function dataMounts({ socket, database, volumes = {} }: Kept): Mount[] {
  return [
    ...(socket ? [{ target: socketFolder, ...socket }] : []),
    ...(database?.link().mounts ?? []),
    ...Object.entries(volumes).map(([name, source]) => ({ target: `/backup/volumes/${name}`, ...source })),
  ];
}

/** Nothing secret. */
function variables(scope: Scope, service: ServiceSettings, settings: BackupSettings): Record<string, string> {
  const schedule = scheduleOf(settings.schedule);
  if (schedule === undefined)
    throw new Error(`schedule: must be a time or a cron line, got "${settings.schedule}"`);
  return {
    ...targetVariables(settings.target),
    ...scheduleVariables(schedule),
    RESTIC_PASSWORD_FILE: `${filesFolder}/${secretFiles.password}`,
    RESTIC_CACHE_DIR: `${stateFolder}/cache`,
    RESTIC_HOST: scope.stack,
    SSL_CERT_FILE: `${certificatesFolder}/ca-certificates.crt`,
    // Go's collector works harder near the container's limit, in place of being ended there.
    GOMEMLIMIT: `${Math.floor(service.limits.memory * 0.7)}MiB`,
    BACKUP_SYSTEM: scope.system,
    BACKUP_SCHEDULE: settings.schedule,
    BACKUP_KEEP: keepOptions(settings),
    BACKUP_DRILL: settings.drill,
    BACKUP_PORT: String(service.port),
    TZ: "UTC",
  };
}
