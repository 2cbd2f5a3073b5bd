/** A separate part of AWS: with accounts, ARNs and host names of its own. */
export interface Partition {
  /** As ARNs begin: `arn:aws-cn:…`. */
  name: string;
  /** What the host names of its services end with. */
  domain: string;
}

/**
 * Partitions by how the names of their regions begin, the ordinary one last, as AWS's SDKs have them
 * (https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html); a test compares them.
 */
const partitions: readonly (Partition & { prefix: string })[] = [
  { prefix: "cn-", name: "aws-cn", domain: "amazonaws.com.cn" },
  { prefix: "eusc-", name: "aws-eusc", domain: "amazonaws.eu" },
  { prefix: "us-gov-", name: "aws-us-gov", domain: "amazonaws.com" },
  { prefix: "us-iso-", name: "aws-iso", domain: "c2s.ic.gov" },
  { prefix: "us-isob-", name: "aws-iso-b", domain: "sc2s.sgov.gov" },
  { prefix: "us-isof-", name: "aws-iso-f", domain: "csp.hci.ic.gov" },
  { prefix: "eu-isoe-", name: "aws-iso-e", domain: "cloud.adc-e.uk" },
  { prefix: "", name: "aws", domain: "amazonaws.com" },
];

/** Which part of AWS a region belongs to. */
export function partitionOf(region: string): Partition {
  const found = partitions.find(({ prefix }) => region.startsWith(prefix));
  return { name: found?.name ?? "aws", domain: found?.domain ?? "amazonaws.com" };
}

/** Domains of all of them, each once. */
export const awsDomains: readonly string[] = [...new Set(partitions.map(({ domain }) => domain))];

/** A policy that AWS keeps itself: its name, with the path before it where it has one. */
export function awsPolicy(region: string, name: string): string {
  return `arn:${partitionOf(region).name}:iam::aws:policy/${name}`;
}
