import * as z from "zod";
import { debianAccount, defaultImage, ec2Capacity } from "./instanceType.ts";
import { ec2Regions } from "./regions.ts";
import { partitionOf } from "./partition.ts";
import { roomRule } from "./userData.ts";
import { flag, oneOf } from "../../../lib/rules.ts";
import { strict } from "../../../lib/strict.ts";
import { inRegion } from "../cloud/regions.ts";
import { cloudShape, diskSize, dnsShape, like, sshShape } from "../cloud/settings.ts";

const zone = like('must be an availability zone such as "eu-central-1a"', /^[a-z]{2,4}(?:-[a-z]+)+-\d[a-z]$/);

const listOfZones =
  'must be a list of availability zones such as ["eu-central-1a", "eu-central-1b"], one or more';

/** Settings of host kind `ec2`. */
export const ec2HostShape = {
  kind: oneOf(["ec2"]),
  region: inRegion(
    like(
      'must be a region such as "eu-central-1"',
      /^(?:[a-z]{2}(?:-gov|-iso[a-z]?)?|eusc-[a-z]{2})-[a-z]+-\d$/,
    ),
    ec2Regions,
  ),
  availabilityZone: zone
    .optional()
    .describe("One that has the instance type; the first of the region unless set"),
  zones: z
    .array(zone, { error: listOfZones })
    .min(1, listOfZones)
    .optional()
    .describe(
      "Availability zones over which `machines` go in turn, the first in `availabilityZone`; three of the region unless set",
    ),
  profile: like('must be the name of an AWS profile such as "prod"', /^[\w.@+-]+$/)
    .optional()
    .describe("Of the AWS configuration; what the environment says unless set"),
  instanceType: like('must be an instance type such as "m7i.large"', /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/)
    .default("m7i.large")
    .describe("`g4dn`, `g5` and `g6` bring GPUs, whose driver is installed"),
  image: strict({
    owner: like('must be an account id such as "136693071363"', /^\d{12}$/).describe(
      "The newest image of this owner and name is used; Debian 12 of the Debian project's account unless set",
    ),
    name: like('must be an image name such as "debian-12-amd64-*"', /^[\w()[\]./*?'@ -]{3,128}$/),
  }).optional(),
  defaultVpc: flag.default(false).describe("Use the account's default VPC instead of one of the stack's own"),
  systemDisk: diskSize(20, 30, "of the disk that goes with the machine; encrypted"),
  dataDisk: strict({ size: diskSize(10, 50, "of the disk that holds all data; encrypted") }).prefault({}),
  database: strict({
    instanceClass: like('must be an RDS instance class such as "db.t4g.small"', /^db\.[a-z0-9-]+\.[a-z0-9]+$/)
      .default("db.t4g.small")
      .describe("Of a database that AWS runs (`external: managed`)"),
    disk: diskSize(20, 20, "that it begins with"),
  }).prefault({}),
  dns: strict(dnsShape).optional(),
  ssh: strict({
    ...sshShape,
    by: oneOf(["endpoint", "ssm", "address"])
      .default("endpoint")
      .describe(
        "How ssh gets in: an EC2 Instance Connect Endpoint, Session Manager, or straight from `allowFrom`",
      ),
  }),
  ...cloudShape,
};

export const ec2HostSchema = strict(ec2HostShape).superRefine((host, context) => {
  const say = (path: (string | number)[], message: string) => {
    context.addIssue({ code: "custom", path, message });
  };
  const capacity = host.capacity ?? ec2Capacity(host.instanceType);
  if (capacity === undefined) {
    say(
      ["instanceType"],
      "must be an instance type Berth knows, or host.capacity must say its cpus, memory (MiB) and gpus",
    );
  }
  const room = roomRule({ ...host, gpu: (capacity?.gpus ?? 0) > 0 });
  if (room !== undefined) say(["ssh", "publicKeys"], room);
  if (host.ssh.by === "address" && host.ssh.allowFrom.length === 0) {
    say(["ssh", "allowFrom"], "must name addresses when host.ssh.by is address, or nobody gets in");
  }
  const { owner } = host.image ?? defaultImage(host.instanceType);
  if (owner === debianAccount && partitionOf(host.region).name !== "aws") {
    say(
      ["image"],
      `must name an image in ${host.region}'s own part of AWS, where the Debian project's account isn't, ` +
        'such as { owner: "123456789012", name: "debian-12-amd64-*" }',
    );
  }
  if (host.availabilityZone !== undefined && !host.availabilityZone.startsWith(host.region)) {
    say(["availabilityZone"], `must be in region ${host.region}`);
  }
  for (const [index, one] of (host.zones ?? []).entries()) {
    if (!one.startsWith(host.region)) say(["zones", index], `must be in region ${host.region}`);
  }
});
