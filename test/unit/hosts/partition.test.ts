import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "vitest";
import { explainCloudError } from "../../../components/hosts/explain.ts";
import { ecrLogin } from "../../../components/hosts/ec2/ecr.ts";
import { awsPolicy, partitionOf } from "../../../components/hosts/ec2/partition.ts";
import { ec2Regions } from "../../../components/hosts/ec2/regions.ts";
import { ec2HostSchema } from "../../../components/hosts/ec2/settings.ts";
import { installAgent } from "../../../components/hosts/ec2/tunnel.ts";
import { publicKey } from "../../program/cloudSettings.ts";

/** What AWS's own SDK says of a region; it comes with the client of its Secrets Manager. */
const sdk = createRequire(createRequire(import.meta.url).resolve("@aws-sdk/client-secrets-manager"));
const { partition } = sdk("@aws-sdk/core/client") as {
  partition: (region: string) => { name: string; dnsSuffix: string };
};

test("every region's partition and domain are those of AWS's SDK, of later regions too", () => {
  for (const region of [...ec2Regions.names, "me-west-1", "eusc-de-west-1", "cn-south-1"]) {
    const { name, dnsSuffix } = partition(region);
    assert.deepEqual(partitionOf(region), { name, domain: dnsSuffix }, region);
  }
});

/** What settings say of a machine in this region: each problem as `path: rule`. */
function problems(region: string, more: Record<string, unknown> = {}): string[] {
  const { error } = ec2HostSchema.safeParse({
    kind: "ec2",
    region,
    ssh: { publicKeys: [publicKey] },
    ...more,
  });
  return (error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
}

test("where the Debian project has no account, an image of another has to be named", () => {
  const ordinary = ec2Regions.names.filter((region) => partition(region).name === "aws");
  const others = ec2Regions.names.filter((region) => !ordinary.includes(region));
  assert.ok(ordinary.length > 30 && others.length > 8);
  for (const region of ordinary) assert.deepEqual(problems(region), [], region);
  const image = { owner: "123456789012", name: "debian-12-amd64-*" };
  for (const region of [...others, "eusc-de-west-1"]) {
    const refused = [
      `image: must name an image in ${region}'s own part of AWS, where the Debian project's account isn't, such as { owner: "123456789012", name: "debian-12-amd64-*" }`,
    ];
    assert.deepEqual(problems(region), refused);
    assert.deepEqual(problems(region, { image: { ...image, owner: "136693071363" } }), refused);
    assert.deepEqual(problems(region, { image }), [], region);
  }
});

test("policies that AWS keeps are named in the region's own partition", () => {
  const named = ["eu-central-1", "cn-north-1", "us-gov-west-1", "eusc-de-east-1"].map((region) =>
    awsPolicy(region, "AmazonSSMManagedInstanceCore"),
  );
  assert.deepEqual(
    named,
    ["aws", "aws-cn", "aws-us-gov", "aws-eusc"].map(
      (name) => `arn:${name}:iam::aws:policy/AmazonSSMManagedInstanceCore`,
    ),
  );
});

test("Session Manager's agent comes from the region's own domain", () => {
  assert.match(
    installAgent("cn-north-1"),
    /"https:\/\/s3\.cn-north-1\.amazonaws\.com\.cn\/amazon-ssm-cn-north-1\/latest\//,
  );
  assert.match(installAgent("eusc-de-east-1"), /"https:\/\/s3\.eusc-de-east-1\.amazonaws\.eu\//);
});

test("an account's registry is known in every partition, and nowhere else", () => {
  const image = (domain: string) => `123456789012.dkr.ecr.cn-north-1.${domain}/api:1`;
  for (const domain of ["amazonaws.com", "amazonaws.com.cn", "amazonaws.eu"])
    assert.equal(ecrLogin.reads(image(domain)), true, domain);
  for (const domain of ["amazonaws.com.evil.example", "amazonawsxcom", "amazonaws.cn"])
    assert.equal(ecrLogin.reads(image(domain)), false, domain);
});

test("a region that AWS has no name for is said to be one", () => {
  const words = explainCloudError(
    "operation error EC2: DescribeImages, request send failed: dial tcp: lookup ec2.ue-central-1.amazonaws.com on 192.0.2.53:53: no such host",
  );
  assert.equal(
    words,
    'host.region: must be a region your account uses, got "ue-central-1"; aws ec2 describe-regions prints them',
  );
  const other = "dial tcp: lookup registry.example.org on 192.0.2.53:53: no such host";
  assert.equal(explainCloudError(other)?.startsWith("host.region") ?? false, false);
});
