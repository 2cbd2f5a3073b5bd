import type { Ec2HostSettings } from "../../components/hosts/ec2/ec2.ts";
import { ec2HostSchema } from "../../components/hosts/ec2/settings.ts";
import type { GceHostSettings } from "../../components/hosts/gce/gce.ts";
import { gceHostSchema } from "../../components/hosts/gce/settings.ts";

/** A public key for tests; nobody has its other half. */
export const publicKey =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHUeGdZWZ0m8zq9f3Vq6Qd1y0m7b3xv0y1r2s3t4u5v6 test@berth";

/** The machine's host key, as its vendor tells it. */
export const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJo2b4d5e6f7g8h9i0j1k2l3m4n5o6p7q8r9s0t1u2v3";

/** The least a person has to say; the schema completes it. */
export const gceLeast = {
  kind: "gce",
  project: "my-project",
  zone: "europe-west4-a",
  ssh: { publicKeys: [publicKey] },
};

export function gceSettings(more: Record<string, unknown> = {}): GceHostSettings {
  return gceHostSchema.parse({ ...gceLeast, ...more });
}

/** A project with one public zone, example.org. */
export const googleZones = {
  "gcp:dns/getManagedZones:getManagedZones": () => ({
    managedZones: [
      { dnsName: "example.org.", name: "internal", visibility: "private" },
      { dnsName: "example.org.", name: "example-org", visibility: "public" },
    ],
  }),
};

export const ec2Least = { kind: "ec2", region: "eu-central-1", ssh: { publicKeys: [publicKey] } };

export function ec2Settings(more: Record<string, unknown> = {}): Ec2HostSettings {
  return ec2HostSchema.parse({ ...ec2Least, ...more });
}

/** An account with the usual answers. */
export const amazonAnswers = {
  "aws:index/getAvailabilityZones:getAvailabilityZones": () => ({
    names: ["eu-central-1a", "eu-central-1b"],
  }),
  "aws:ec2/getAmi:getAmi": () => ({ id: "ami-0abc" }),
  "aws:ec2/getVpc:getVpc": () => ({ id: "vpc-default" }),
  "aws:ec2/getSubnet:getSubnet": () => ({ id: "subnet-default", availabilityZone: "eu-central-1a" }),
  "aws:ec2/getSubnets:getSubnets": () => ({ ids: ["subnet-default", "subnet-other"] }),
  "aws:route53/getZone:getZone": () => ({ zoneId: "Z123" }),
};
