import { Disk, DiskResourcePolicyAttachment, ResourcePolicy } from "@pulumi/gcp/compute/index.js";
import * as pulumi from "@pulumi/pulumi";

export interface GceDataDiskArgs {
  zone: string;
  region: string;
  /** GB. */
  size: number;
  type: string;
  snapshotDays: number;
  /** Keep it when everything else is destroyed. */
  protectData: boolean;
}

/** Under which name the machine finds the disk: `/dev/disk/by-id/google-data`. */
export const dataDevice = "data";

/** Where the data lives, whatever becomes of the machine: protected, encrypted by Google, a snapshot a day. */
export class GceDataDisk extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;

  constructor(name: string, args: GceDataDiskArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:hosts:gce:DataDisk", name, {}, opts);
    const { zone, region, size, type, snapshotDays } = args;
    const inside = { parent: this };
    const disk = new Disk(name, { zone, size, type }, { ...inside, protect: args.protectData });
    const schedule = new ResourcePolicy(
      `${name}-snapshots`,
      {
        region,
        snapshotSchedulePolicy: {
          // UTC.
          schedule: { dailySchedule: { daysInCycle: 1, startTime: "03:00" } },
          retentionPolicy: { maxRetentionDays: snapshotDays, onSourceDiskDelete: "KEEP_AUTO_SNAPSHOTS" },
        },
      },
      inside,
    );
    new DiskResourcePolicyAttachment(
      `${name}-snapshots`,
      { zone, disk: disk.name, name: schedule.name },
      inside,
    );
    this.id = disk.id;
    this.registerOutputs();
  }
}
