import type { Checkpoint, StateResource } from "../state/checkpoint.ts";

/** Something that outlives `destroy`, in a line of its own. */
export interface Kept {
  kind: "machine" | "disk" | "address" | "bucket" | "database" | "zone" | "snapshots" | "passwords";
  name: string;
  /** What it is to who keeps it, and what ends it. */
  note: string;
}

const deletes = "--data deletes it";

/** What a vendor makes for a stack and its owner would miss, or has to pay for; all else goes with it. */
const things: Record<string, [kind: Kept["kind"], note: string, name: (one: StateResource) => unknown]> = {
  "gcp:compute/instance:Instance": ["machine", `it holds data volumes; ${deletes}`, nameOf],
  "gcp:compute/disk:Disk": ["disk", `data; ${deletes}`, nameOf],
  "gcp:compute/address:Address": ["address", "paid for; --data gives it back", valueOf("address")],
  "gcp:storage/bucket:Bucket": ["bucket", `data; ${deletes}`, nameOf],
  "gcp:sql/databaseInstance:DatabaseInstance": ["database", `data; ${deletes}`, nameOf],
  "gcp:dns/managedZone:ManagedZone": ["zone", `of DNS; ${deletes}`, nameOf],
  "aws:ec2/instance:Instance": ["machine", `it holds data volumes; ${deletes}`, idOf],
  "aws:ebs/volume:Volume": ["disk", `data; ${deletes}`, idOf],
  "aws:ec2/eip:Eip": ["address", "paid for; --data gives it back", valueOf("publicIp")],
  "aws:s3/bucket:Bucket": ["bucket", `data; ${deletes}`, idOf],
  "aws:rds/instance:Instance": ["database", `data; ${deletes}`, idOf],
  "aws:route53/zone:Zone": ["zone", `of DNS; ${deletes}`, valueOf("name")],
};

function idOf({ id }: StateResource): unknown {
  return id;
}

function nameOf({ id, outputs }: StateResource): unknown {
  return outputs?.name ?? id;
}

function valueOf(key: string): (one: StateResource) => unknown {
  return ({ id, outputs }) => outputs?.[key] ?? id;
}

/** What of a stack its state still holds, beside what Docker is asked for. */
export function keptInState({ resources }: Checkpoint): Kept[] {
  const order = Object.keys(things);
  const there = resources
    .filter((one) => one.delete !== true)
    .toSorted((a, b) => order.indexOf(a.type) - order.indexOf(b.type));
  const made = there.flatMap((one): Kept[] => {
    const found = things[one.type];
    return found === undefined ? [] : [{ kind: found[0], name: String(found[2](one)), note: found[1] }];
  });
  const passwords = there.filter(({ type, protect }) => type === passwordType && protect === true).length;
  const note = "in the stack's state; --data forgets them";
  return passwords === 0 ? made : [...made, { kind: "passwords", name: String(passwords), note }];
}

const passwordType = "random:index/randomPassword:RandomPassword";

/** What stays with a vendor whatever becomes of the stack, by the state of before it went: copies of its data. */
export function keptByVendor({ resources }: Checkpoint): Kept[] {
  return resources.flatMap(({ type, inputs = {}, outputs = {} }): Kept[] => {
    if (type === "gcp:compute/disk:Disk") {
      const disk = String(outputs.name);
      return [snapshots(disk, `gcloud compute snapshots list --filter='sourceDisk~${disk}'`)];
    }
    if (type === "aws:ebs/volume:Volume") {
      const mark = String((inputs.tags as Record<string, unknown> | undefined)?.["berth-snapshots"]);
      const filter = `Name=tag:berth-snapshots,Values=${mark}`;
      return [snapshots(mark, `aws ec2 describe-snapshots --owner-ids self --filters ${filter}`)];
    }
    const last = inputs.finalSnapshotIdentifier;
    if (type !== "aws:rds/instance:Instance" || typeof last !== "string") return [];
    return [snapshots(last, `aws rds describe-db-snapshots --db-snapshot-identifier ${last}`)];
  });
}

function snapshots(name: string, prints: string): Kept {
  return { kind: "snapshots", name, note: `data, as far as any were made; ${prints} prints them` };
}

export function keptText({ kind, name, note }: Kept): string {
  return kind === "passwords" ? `kept: ${name} passwords (${note})` : `kept: ${kind} ${name} (${note})`;
}
