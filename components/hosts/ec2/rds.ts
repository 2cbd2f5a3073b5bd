import { SecurityGroup } from "@pulumi/aws/ec2/index.js";
import { Instance, ParameterGroup, SubnetGroup } from "@pulumi/aws/rds/index.js";
import { SecurityGroupIngressRule } from "@pulumi/aws/vpc/index.js";
import * as pulumi from "@pulumi/pulumi";
import { GeneratedSecret } from "../../containers/generatedSecret.ts";
import { databaseLinks } from "../../managed/links.ts";
import type { ManagedDatabase, ManagedDatabaseArgs, ManagedLink } from "../../managed/managed.ts";
import { distinct, snapshotIdentifier } from "../cloud/fitted.ts";

export interface RdsArgs extends ManagedDatabaseArgs {
  vpc: pulumi.Input<string>;
  /** Ids of subnets in two availability zones. */
  subnets: pulumi.Input<string[]>;
  /** Id of the security group whose machines may log in. */
  machine: pulumi.Input<string>;
  /** Such as `db.t4g.small`. */
  instanceClass: string;
  /** GB, grown by AWS up to five times. */
  disk: number;
  snapshotDays: number;
  protectData: boolean;
}

/** PostgreSQL 15 on RDS, reached by the machine alone, encrypted, with daily backups and point-in-time recovery. */
export class RdsPostgres extends pulumi.ComponentResource implements ManagedDatabase {
  readonly #links: ManagedDatabase;

  constructor(name: string, args: RdsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:managed:RdsPostgres", name, {}, opts);
    const { database, role, protectData } = args;
    const inside = { parent: this };
    const password = new GeneratedSecret(`${name}-password`, { protect: protectData }, inside);
    const subnets = new SubnetGroup(name, { subnetIds: args.subnets }, inside);
    const parameters = new ParameterGroup(
      name,
      { family: "postgres15", parameters: [{ name: "rds.force_ssl", value: "1" }] },
      inside,
    );
    const server = new Instance(
      name,
      {
        engine: "postgres",
        // The newest of this major version, and AWS's minor upgrades after that.
        engineVersion: "15",
        autoMinorVersionUpgrade: true,
        instanceClass: args.instanceClass,
        allocatedStorage: args.disk,
        maxAllocatedStorage: args.disk * 5,
        storageType: "gp3",
        storageEncrypted: true,
        publiclyAccessible: false,
        dbSubnetGroupName: subnets.name,
        vpcSecurityGroupIds: [securityGroup(name, args, this)],
        parameterGroupName: parameters.name,
        dbName: database,
        username: role,
        password: password.value,
        backupRetentionPeriod: Math.min(args.snapshotDays, 35),
        // UTC, before the machine's snapshots.
        backupWindow: "02:00-02:30",
        copyTagsToSnapshot: true,
        deletionProtection: protectData,
        skipFinalSnapshot: !protectData,
        finalSnapshotIdentifier: protectData ? lastSnapshot(name) : undefined,
      },
      { ...inside, protect: protectData },
    );
    this.#links = databaseLinks({
      host: server.address,
      database,
      role,
      password: password.value,
      dependsOn: [server],
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

/** Where RDS puts the data when the database goes. AWS is told it only then, so that another name replaces nothing. */
function lastSnapshot(name: string): string {
  const parts = [pulumi.getProject(), pulumi.getStack(), name];
  return snapshotIdentifier(distinct(`${parts.join("-")}-final`, parts));
}

/** Lets in the one machine, on PostgreSQL's port. */
function securityGroup(
  name: string,
  { vpc, machine }: RdsArgs,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const description = "A database made by Berth";
  const group = new SecurityGroup(name, { vpcId: vpc, description, tags: { Name: name } }, { parent });
  new SecurityGroupIngressRule(
    name,
    {
      securityGroupId: group.id,
      referencedSecurityGroupId: machine,
      description: "PostgreSQL from the machine alone",
      ipProtocol: "tcp",
      fromPort: 5432,
      toPort: 5432,
    },
    { parent },
  );
  return group.id;
}
