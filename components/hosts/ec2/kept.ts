import { indistinct } from "../cloud/fitted.ts";
import type { KeptThings } from "../kept.ts";

/** What of Amazon's outlives a stack that is destroyed, and what of it `--data` leaves. */
export const ec2Kept: KeptThings = {
  "aws:ec2/instance:Instance": { kind: "machine" },
  "aws:ebs/volume:Volume": {
    kind: "disk",
    copies({ inputs }) {
      const mark = String((inputs?.tags as Record<string, unknown> | undefined)?.["berth-snapshots"]);
      // Those of before the mark was told from others'.
      const former = indistinct(mark);
      const filter = `Name=tag:berth-snapshots,Values=${former === mark ? mark : `${mark},${former}`}`;
      return { name: mark, prints: `aws ec2 describe-snapshots --owner-ids self --filters ${filter}` };
    },
  },
  "aws:ec2/eip:Eip": { kind: "address", named: "publicIp" },
  "aws:s3/bucket:Bucket": { kind: "bucket" },
  "aws:rds/instance:Instance": {
    kind: "database",
    copies({ inputs }) {
      const last = inputs?.finalSnapshotIdentifier;
      if (typeof last !== "string") return undefined;
      return { name: last, prints: `aws rds describe-db-snapshots --db-snapshot-identifier ${last}` };
    },
  },
  "aws:route53/zone:Zone": { kind: "zone", named: "name" },
};
