import * as pulumi from "@pulumi/pulumi";
import { carrier } from "../../components/containers/carrier.ts";
import type { ContainerSpec } from "../../components/containers/containerSpec.ts";
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
import { databaseAccess } from "./databases.ts";
import { resticImage, targetFolder, type BackupSettings } from "./definition.ts";
import type { Kept } from "./kept.ts";
import { secretFiles, targetKeys } from "./repository.ts";
import { backupScript } from "./scripts.ts";
import {
  capabilities,
  certificatesFolder,
  programFolder,
  stateFolder,
  variables,
  volumeMounts,
} from "./surroundings.ts";

/**
 * Seconds for a backup before a migration, its turn included. The docker provider gives a container that runs to its end
 * 20 minutes, and takes no other limit (terraform-plugin-sdk helper/schema/resource_data.go, `Timeout`).
 */
const waitSeconds = 18 * 60;

export interface BackupArgs extends Overridable {
  scope: Scope;
  network: Network;
  service: ServiceSettings;
  settings: BackupSettings;
  /** All that there is to keep. */
  kept: Kept;
}

/**
 * Makes backups on a schedule, encrypted by restic before they leave: every database by `pg_dump`, every volume as it
 * is. It runs a database's own image, reads data read-only, and has no way to the Docker Engine.
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
    const own = `${name}-password`;
    const made = { protect: scope.protectData, counter: scope.rotate?.[own] };
    const { value, former } =
      settings.password === undefined
        ? new GeneratedSecret(own, made, inside)
        : { value: pulumi.secret(settings.password), former: [] };
    this.password = value;
    const access = databaseAccess(kept.databases);
    const loads = {
      // Passed through by the user of a drill's server, who may read nothing in it.
      state: sharedVolume(`${name}-state`, { ...owner, permissions: "0711" }, inside),
      files: fileVolume(
        `${name}-files`,
        { ...owner, files: { ...this.#files(settings, former), ...access.files } },
        inside,
      ),
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
    const gates = (kept.databases ?? []).flatMap((database) => database.gates ?? []);
    this.#spec = {
      // Where a database's image is refused, its dumps aren't another version's meanwhile.
      image: gates.reduce<pulumi.Input<string>>((open, gate) => gate.gate(open), scope.image(service.image)),
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
        ...access.mounts,
        ...volumeMounts(kept),
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
    const { scope } = this.#args;
    return new Job(
      `${this.#name}-${migration}`,
      {
        scope,
        service: this.#name,
        spec: {
          ...this.#spec,
          command: ["before"],
          environment: {
            ...this.#spec.environment,
            BACKUP_MIGRATION: migration,
            BACKUP_BEFORE: image,
            BACKUP_WAIT: String(waitSeconds),
          },
        },
      },
      { parent: this },
    );
  }

  #files(
    { target }: BackupSettings,
    former: readonly pulumi.Output<string>[],
  ): Record<string, pulumi.Input<string>> {
    const keys = targetKeys(target);
    return {
      "backup.sh": backupScript(),
      [secretFiles.password]: this.password,
      ...Object.fromEntries(former.map((one, index) => [`${secretFiles.former}${index + 1}`, one])),
      ...(keys !== undefined && { [secretFiles.keys]: pulumi.secret(keys) }),
    };
  }
}
