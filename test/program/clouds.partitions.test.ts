import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { test, vi } from "vitest";
import type { SystemName } from "../../systems/index.ts";
import { stackOn } from "./anyStack.ts";
import { ec2Least } from "./cloudSettings.ts";

const managed = { external: { postgres: "managed", minio: "managed" } };
const image = "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/api:1";

/** ARNs and host names of AWS that a stack in a region is made with, as its graph has them. */
async function named(region: string, system: SystemName, more: Record<string, unknown>) {
  const host = { ...ec2Least, region, image: { owner: "123456789012", name: "debian-12-amd64-*" } };
  const graph = await stackOn("ec2", system, { host, ...more });
  const inputs = JSON.stringify(graph.resources.map((one) => one.inputs));
  const policies = graph
    .ofType("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    .map(({ inputs: { policyArn } }) => String(policyArn));
  return { policies, hosts: [...new Set(inputs.match(/s3\.[a-z0-9-]+\.amazonaws\.[a-z.]*[a-z]/g))] };
}

for (const [region, partition, domain] of [
  ["eu-central-1", "aws", "amazonaws.com"],
  ["cn-north-1", "aws-cn", "amazonaws.com.cn"],
  ["us-gov-west-1", "aws-us-gov", "amazonaws.com"],
  ["eusc-de-east-1", "aws-eusc", "amazonaws.eu"],
] as const)
  test(`in ${region} ARNs are of ${partition}, and a bucket is asked at ${domain}`, async () => {
    const { policies, hosts } = await named(region, "arv", managed);
    assert.deepEqual(policies.toSorted(), [
      `arn:${partition}:iam::aws:policy/AmazonSSMManagedInstanceCore`,
      `arn:${partition}:iam::aws:policy/service-role/AWSDataLifecycleManagerServiceRole`,
    ]);
    assert.deepEqual(hosts, [`s3.${region}.${domain}`]);
  });

test("a machine in China may read its registry there", async () => {
  const { policies } = await named("cn-north-1", "loc8", { images: { backend: image } });
  assert.ok(policies.includes("arn:aws-cn:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"));
});

test("a region that came after the list is warned of, and one that is known isn't", async () => {
  const warn = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
  for (const region of ["eu-central-1", "eu-central-3"])
    await stackOn("ec2", "loc8", { host: { ...ec2Least, region } });
  const warnings = warn.mock.calls
    .map(([message]) => message)
    .filter((message) => message.startsWith("host."));
  warn.mockRestore();
  assert.deepEqual(warnings, [
    "host.region: isn't in a region of AWS that there was on 2026-09-22, got \"eu-central-3\"; AWS says whether there is one by now, if it isn't eu-central-1 that is meant",
  ]);
});
