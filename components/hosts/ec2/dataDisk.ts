import { LifecyclePolicy } from "@pulumi/aws/dlm/index.js";
import { Volume } from "@pulumi/aws/ebs/index.js";
import { Role, RolePolicyAttachment } from "@pulumi/aws/iam/index.js";
import * as pulumi from "@pulumi/pulumi";
import { distinct } from "../cloud/fitted.ts";
import { awsPolicy } from "./partition.ts";
import { trust } from "./policy.ts";

export interface Ec2DataDiskArgs {
  region: string;
  availabilityZone: pulumi.Input<string>;
  /** GB. */
  size: number;
  snapshotDays: number;
  /** Keep it when everything else is destroyed. */
  protectData: boolean;
}

/** Where the data lives, whatever becomes of the machine: protected, encrypted, a snapshot a day. */
export class Ec2DataDisk extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  /** The device as a machine sees it; NVMe disks are named by their volume's serial number. */
  readonly device: pulumi.Output<string>;

  constructor(name: string, args: Ec2DataDiskArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:hosts:ec2:DataDisk", name, {}, opts);
    const inside = { parent: this };
    const mark = { "berth-snapshots": snapshotsOf(name) };
    const { availabilityZone, size, protectData, region } = args;
    const volume = new Volume(
      name,
      { availabilityZone, size, type: "gp3", encrypted: true, tags: { Name: name, ...mark } },
      { ...inside, protect: protectData },
    );
    const role = new Role(`${name}-snapshots`, { assumeRolePolicy: trust("dlm.amazonaws.com") }, inside);
    const policyArn = awsPolicy(region, "service-role/AWSDataLifecycleManagerServiceRole");
    const allowed = new RolePolicyAttachment(`${name}-snapshots`, { role: role.name, policyArn }, inside);
    new LifecyclePolicy(
      `${name}-snapshots`,
      {
        description: `Daily snapshots of ${name}`,
        executionRoleArn: role.arn,
        state: "ENABLED",
        policyDetails: {
          resourceTypes: ["VOLUME"],
          targetTags: mark,
          schedules: [
            {
              name: "daily",
              // UTC.
              createRule: { interval: 24, intervalUnit: "HOURS", times: "03:00" },
              retainRule: { count: args.snapshotDays },
              copyTags: true,
            },
          ],
        },
      },
      { ...inside, dependsOn: [allowed] },
    );
    this.id = volume.id;
    this.device = volume.id.apply(nvmeDevice);
    this.registerOutputs();
  }
}

/**
 * `vol-0abc` → its stable name on instances of the Nitro system
 * (https://docs.aws.amazon.com/ebs/latest/userguide/nvme-ebs-volumes.html).
 */
export function nvmeDevice(volume: string): string {
  return `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${volume.replace("-", "")}`;
}

/**
 * What tells the volumes of a policy from all others of the account. The ending that each has isn't what tells them
 * apart. A value that changes is set on the volume and the policy that are there, and replaces neither.
 */
function snapshotsOf(name: string): string {
  const [project, stack] = [pulumi.getProject(), pulumi.getStack()];
  return distinct(`${project}-${stack}-${name}`, [project, stack, name.replace(/-vm-data$/, "")]);
}
