import type { KeptThings } from "../kept.ts";

/** What of Google's outlives a stack that is destroyed, and what of it `--data` leaves. */
export const gceKept: KeptThings = {
  "gcp:compute/instance:Instance": { kind: "machine", named: "name" },
  "gcp:compute/disk:Disk": {
    kind: "disk",
    named: "name",
    copies({ outputs }) {
      const disk = String(outputs?.name);
      return { name: disk, prints: `gcloud compute snapshots list --filter='sourceDisk~${disk}'` };
    },
  },
  "gcp:compute/address:Address": { kind: "address", named: "address" },
  "gcp:storage/bucket:Bucket": { kind: "bucket", named: "name" },
  "gcp:sql/databaseInstance:DatabaseInstance": { kind: "database", named: "name" },
  "gcp:dns/managedZone:ManagedZone": { kind: "zone", named: "name" },
};
