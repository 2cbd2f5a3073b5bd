/**
 * Checkov's rules for machines, as far as they apply (https://www.checkov.io/5.Policy%20Index/terraform.html):
 * checkov doesn't read Pulumi programs, so each is a test of its own. What is waived, and why, is in docs/policy.md.
 */
import assert from "node:assert/strict";
import { ProjectMetadata } from "@pulumi/gcp/compute/index.js";
import { test } from "vitest";
import { amazonMachine, googleMachine } from "./checkov.ts";
import { runProgram, type Graph, type Registered } from "./harness.ts";
import { stackOn } from "./anyStack.ts";

const google = await stackOn("gce", "attn", { domain: "app.example.org", tls: true });
const amazon = await stackOn("ec2", "attn", { domain: "app.example.org", tls: true });

const gce = google.the("gcp:compute/instance:Instance").inputs;
const ec2 = amazon.the("aws:ec2/instance:Instance").inputs;

function record(value: unknown): Record<string, unknown> {
  assert.equal(typeof value, "object");
  return value as Record<string, unknown>;
}

/** Ports that everybody reaches at Google. */
const googleOpen = google
  .ofType("gcp:compute/firewall:Firewall")
  .filter(({ inputs }) => (inputs.sourceRanges as string[]).some((source) => source.endsWith("/0")))
  .flatMap(({ inputs }) =>
    (inputs.allows as { protocol: string; ports: string[] }[]).flatMap(({ ports }) => ports),
  );

/** Ports that everybody reaches at AWS. */
const amazonRules = amazon.ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule");
const amazonOpen = amazonRules
  .filter(({ inputs }) => String(inputs.cidrIpv4 ?? inputs.cidrIpv6).endsWith("/0"))
  .map(({ inputs }) => [inputs.ipProtocol, inputs.fromPort, inputs.toPort].join(" "));

/** Every statement of every policy of ours. */
const statements = ["aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy", "aws:iam/userPolicy:UserPolicy"]
  .flatMap((type) => amazon.ofType(type))
  .map(({ inputs }) => String(inputs.policy ?? inputs.assumeRolePolicy))
  .flatMap((text) => (JSON.parse(text) as { Statement: Record<string, unknown>[] }).Statement);
const actions = statements.flatMap(({ Action }) => [Action].flat()).map(String);

test("CKV_GCP_2: port 22 isn't open to everybody", () => {
  assert.ok(!googleOpen.includes("22"));
});

test("CKV_GCP_3: port 3389 isn't open to everybody", () => {
  assert.ok(!googleOpen.includes("3389"));
});

test("CKV_GCP_26: the subnet logs its flows", () => {
  assert.ok(google.the("gcp:compute/subnetwork:Subnetwork").inputs.logConfig);
});

test("CKV_GCP_33: OS Login isn't switched off by the project", async () => {
  const violations = ({ ofType }: Pick<Graph, "ofType">) =>
    ofType("gcp:compute/projectMetadata:ProjectMetadata").filter(
      ({ inputs }) => record(inputs.metadata)["enable-oslogin"] !== "TRUE",
    );
  assert.deepEqual(violations({ ofType: (type) => google.ofType(type) }), []);
  const bad = await runProgram(
    () => new ProjectMetadata("project", { metadata: { "enable-oslogin": "FALSE" } }),
  );
  assert.equal(violations({ ofType: (type) => bad.ofType(type) }).length, 1);
});

for (const [graph, machine, rules] of [
  [google, gce, googleMachine],
  [amazon, ec2, amazonMachine],
] as const) {
  for (const { id, title, holds, bad } of rules) {
    test(`${id}: ${title}`, () => {
      assert.equal(holds(machine, graph), true);
      assert.equal(holds(bad(machine), graph), false, "a machine without it is found");
    });
  }
}

test("CKV_GCP_74: the subnet reaches Google's APIs without a public address", () => {
  assert.equal(google.the("gcp:compute/subnetwork:Subnetwork").inputs.privateIpGoogleAccess, true);
});

for (const [id, port] of Object.entries({ CKV_GCP_75: "21", CKV_GCP_77: "20", CKV_GCP_88: "3306" })) {
  test(`${id}: port ${port} isn't open to everybody`, () => {
    assert.ok(!googleOpen.includes(port));
  });
}

test("CKV2_GCP_12: nothing but 80 and 443 is open to everybody", () => {
  assert.deepEqual(googleOpen.toSorted(), ["443", "80"]);
});

test("CKV2_GCP_18: the machine is in a network of its own, with a firewall", () => {
  const network = google.the("gcp:compute/network:Network");
  assert.equal(network.inputs.autoCreateSubnetworks, false);
  assert.ok(
    google
      .ofType("gcp:compute/firewall:Firewall")
      .every(({ inputs }) => inputs.network === `${network.name}-id`),
  );
});

test("CKV_AWS_3: the data volume is encrypted", () => {
  assert.deepEqual(
    amazon.ofType("aws:ebs/volume:Volume").map(({ inputs }) => inputs.encrypted),
    [true],
  );
});

test("CKV_AWS_23: every rule of a security group says what it is for", () => {
  const rules = [...amazonRules, ...amazon.ofType("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")];
  assert.ok(rules.length >= 5);
  for (const { name, inputs } of [...rules, ...amazon.ofType("aws:ec2/securityGroup:SecurityGroup")]) {
    assert.ok(String(inputs.description).length > 5, name);
  }
});

for (const [id, port] of Object.entries({ CKV_AWS_24: 22, CKV_AWS_25: 3389 })) {
  test(`${id}: port ${port} isn't open to everybody`, () => {
    assert.ok(!amazonOpen.some((rule) => rule.includes(` ${port}`)));
  });
}

test("CKV_AWS_60: no role is anybody's", () => {
  const trusts = statements.filter(({ Principal }) => Principal !== undefined);
  assert.ok(trusts.length >= 3);
  for (const { Principal } of trusts) assert.deepEqual(Object.keys(record(Principal)), ["Service"]);
});

test("CKV_AWS_61: no role is a whole account's", () => {
  assert.ok(!statements.some(({ Principal }) => Object.hasOwn(Object(Principal) as object, "AWS")));
});

test("CKV_AWS_62: no policy allows everything", () => {
  assert.ok(actions.length > 0);
  assert.ok(!actions.includes("*") && !actions.includes("*:*"));
});

test("CKV_AWS_63: no policy allows every action of a service", () => {
  assert.deepEqual(
    actions.filter((action) => action.includes("*")),
    [],
  );
});

test("CKV_AWS_126: the machine is monitored each minute", () => {
  assert.equal(ec2.monitoring, true);
});

test("CKV_AWS_130: a subnet gives no machine a public address by itself", () => {
  assert.equal(amazon.the("aws:ec2/subnet:Subnet").inputs.mapPublicIpOnLaunch, false);
});

test("CKV_AWS_274: no role is an administrator", () => {
  const attached = amazon
    .ofType("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    .map(({ inputs }) => inputs.policyArn);
  assert.deepEqual(attached.toSorted(), [
    "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
    "arn:aws:iam::aws:policy/service-role/AWSDataLifecycleManagerServiceRole",
  ]);
});

test("CKV_AWS_277: no rule opens every port to everybody", () => {
  assert.deepEqual(amazonOpen.toSorted(), ["tcp 443 443", "tcp 80 80"]);
});

const writing = {
  CKV_AWS_286: "iam:",
  CKV_AWS_287: "sts:Get",
  CKV_AWS_288: "s3:Get",
  CKV_AWS_289: "iam:Put",
  CKV_AWS_290: "ec2:",
};
for (const [id, prefix] of Object.entries(writing)) {
  test(`${id}: no policy of ours allows ${prefix}…`, () => {
    assert.deepEqual(
      actions.filter((action) => action.startsWith(prefix)),
      [],
    );
  });
}

test("CKV_AWS_355: no policy is about every resource", () => {
  const resources = statements.flatMap(({ Resource }) => (Resource === undefined ? [] : [Resource].flat()));
  assert.ok(resources.length > 0);
  assert.ok(!resources.includes("*"));
});

test("CKV2_AWS_2: only encrypted volumes are attached", () => {
  const encrypted = amazon.ofType("aws:ebs/volume:Volume").map(({ name }) => `${name}-id`);
  const attached = amazon
    .ofType("aws:ec2/volumeAttachment:VolumeAttachment")
    .map(({ inputs }) => inputs.volumeId);
  assert.deepEqual(attached, encrypted);
});

test("CKV2_AWS_5: every security group is in use", () => {
  const used = [
    ...(ec2.vpcSecurityGroupIds as string[]),
    ...amazon
      .ofType("aws:ec2transitgateway/instanceConnectEndpoint:InstanceConnectEndpoint")
      .flatMap(({ inputs }) => inputs.securityGroupIds as string[]),
  ];
  assert.deepEqual(used.toSorted(), ids(amazon.ofType("aws:ec2/securityGroup:SecurityGroup")));
});

test("CKV2_AWS_11: the VPC logs its flows", () => {
  assert.equal(
    amazon.the("aws:ec2/flowLog:FlowLog").inputs.vpcId,
    `${amazon.the("aws:ec2/vpc:Vpc").name}-id`,
  );
});

test("CKV2_AWS_12: the VPC's default security group lets nothing through", () => {
  const { ingress, egress } = amazon.the("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup").inputs;
  assert.deepEqual([ingress, egress], [[], []]);
});

function ids(resources: readonly Registered[]): string[] {
  return resources.map(({ name }) => `${name}-id`).toSorted();
}
