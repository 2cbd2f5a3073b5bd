import { GlobalAddress } from "@pulumi/gcp/compute/index.js";
import { Connection } from "@pulumi/gcp/servicenetworking/index.js";
import { Database, DatabaseInstance, User } from "@pulumi/gcp/sql/index.js";
import * as pulumi from "@pulumi/pulumi";
import { GeneratedSecret } from "../../containers/generatedSecret.ts";
import { databaseLinks } from "../../managed/links.ts";
import type { ManagedDatabase, ManagedDatabaseArgs, ManagedLink } from "../../managed/managed.ts";

export interface CloudSqlArgs extends ManagedDatabaseArgs {
  /** Id of the network the machine is in. */
  network: pulumi.Input<string>;
  region: string;
  /** Such as `db-custom-1-3840`. */
  tier: string;
  /** GB, grown by Google as it fills. */
  disk: number;
  snapshotDays: number;
  protectData: boolean;
}

/** PostgreSQL 15 on Cloud SQL, in the private network alone, with daily backups and point-in-time recovery. */
export class CloudSqlPostgres extends pulumi.ComponentResource implements ManagedDatabase {
  readonly #links: ManagedDatabase;

  constructor(name: string, args: CloudSqlArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:managed:CloudSqlPostgres", name, {}, opts);
    const { network, region, database, role, protectData } = args;
    const inside = { parent: this };
    const password = new GeneratedSecret(`${name}-password`, { protect: protectData }, inside);
    const range = new GlobalAddress(
      `${name}-range`,
      { network, purpose: "VPC_PEERING", addressType: "INTERNAL", prefixLength: 20 },
      inside,
    );
    const peering = new Connection(
      `${name}-peering`,
      {
        network,
        service: "servicenetworking.googleapis.com",
        reservedPeeringRanges: [range.name],
        // Google refuses to delete it for days after the last database; it goes with the network.
        deletionPolicy: "ABANDON",
      },
      inside,
    );
    const server = new DatabaseInstance(
      name,
      { region, databaseVersion: "POSTGRES_15", deletionProtection: protectData, settings: settings(args) },
      {
        ...inside,
        dependsOn: [peering],
        protect: protectData,
        // Google grows the disk as it fills, and a smaller one than there is means another database.
        ignoreChanges: ["settings.diskSize"],
      },
    );
    const made = new Database(
      name,
      { instance: server.name, name: database, deletionPolicy: "ABANDON" },
      inside,
    );
    const user = new User(
      name,
      { instance: server.name, name: role, password: password.value, deletionPolicy: "ABANDON" },
      { ...inside, additionalSecretOutputs: ["password"] },
    );
    this.#links = databaseLinks({
      host: server.privateIpAddress,
      database,
      role,
      password: password.value,
      dependsOn: [made, user],
    });
    this.registerOutputs();
  }

  link(): ManagedLink {
    return this.#links.link();
  }

  parts(): { link(): ManagedLink } {
    return this.#links.parts();
  }
}

function settings({ network, tier, disk, snapshotDays, protectData }: CloudSqlArgs) {
  return {
    tier,
    edition: "ENTERPRISE",
    availabilityType: "ZONAL",
    diskSize: disk,
    diskAutoresize: true,
    deletionProtectionEnabled: protectData,
    ipConfiguration: { ipv4Enabled: false, privateNetwork: network, sslMode: "ENCRYPTED_ONLY" },
    backupConfiguration: {
      enabled: true,
      // UTC, before the machine's snapshots.
      startTime: "02:00",
      pointInTimeRecoveryEnabled: true,
      backupRetentionSettings: { retainedBackups: snapshotDays, retentionUnit: "COUNT" },
    },
  };
}
