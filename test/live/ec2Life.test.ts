import assert from "node:assert/strict";
import type { PulumiFn, Stack } from "@pulumi/pulumi/automation/index.js";
import { describe, onTestFinished, test } from "vitest";
import { Ec2Host } from "../../components/hosts/ec2/ec2.ts";
import { ec2Settings } from "../program/cloudSettings.ts";
import { Refusal } from "../tools/amazonCloud/call.ts";
import { asking, startAmazonCloud, type AmazonCloud } from "../tools/amazonCloud/server.ts";
import { withoutAws } from "../tools/moto.ts";
import { skipWhen } from "../tools/skip.ts";
import { livingStack, settled, steps } from "./cloudLife.ts";
import { failure } from "./sshRig.ts";
import { withoutPlugin } from "./vendorPlugin.ts";

const ssh = { ...ec2Settings().ssh, allowFrom: ["203.0.113.7/32", "2001:db8::/48"] };
const common = { system: "loc8", https: true, protectData: false };
const zone = { zone: "example.org", create: true };

/** Three machines of one swarm, each in a zone of its own, and nothing on them. */
function three(more: Record<string, unknown> = {}): PulumiFn {
  return () => {
    const named = { ...common, domain: "app.example.org" };
    const settings = ec2Settings({ ssh, dns: zone, deletionProtection: false, ...more });
    const first = new Ec2Host("ec2", { ...settings, ...named, swarm: { place: 0, open: true } });
    const others = ["b", "c"].map((letter, index) => {
      const place = { host: first, place: index + 1, open: true };
      const own = { availabilityZone: `eu-central-1${letter}`, rebuild: 1, swarm: place };
      return new Ec2Host(`machine-${index + 2}`, { ...settings, ...named, ...own });
    });
    first.gather(others, true);
    return Promise.resolve();
  };
}

/** A machine by itself, without a domain. */
const alone: PulumiFn = () => {
  new Ec2Host("ec2", { ...ec2Settings({ ssh, deletionProtection: false }), ...common, domain: "" });
  return Promise.resolve();
};

/** A machine in the account's own VPC, reached through Session Manager, with a database and a bucket that AWS runs. */
function managed(more: Record<string, unknown> = {}): PulumiFn {
  return () => {
    const settings = ec2Settings({
      ...{ ssh: { ...ssh, by: "ssm" }, defaultVpc: true, deletionProtection: false },
      ...more,
    });
    const host = new Ec2Host("ec2", { ...settings, ...common, domain: "" });
    host.managed.postgres("rows", { database: "docsai", role: "docsai" }, { parent: host });
    host.managed.bucket("files", { parent: host });
    return Promise.resolve();
  };
}

async function opened(name: string): Promise<{ stack: Stack; amazon: AmazonCloud }> {
  const amazon = await startAmazonCloud();
  return { amazon, stack: await livingStack(name, "aws", amazon, alone) };
}

const missing = (await withoutPlugin("aws")) ?? withoutAws;

describe("the genuine aws plugin, with AWS stood in for", skipWhen(missing), () => {
  test("three machines are made, stay as they are, change, are rebuilt and go", async () => {
    const { stack, amazon } = await opened("ec2life");
    const up = (program: PulumiFn) => steps((options) => stack.up({ ...options, program }));

    const made = await up(three());
    assert.deepEqual(amazon.unknown, []);
    assert.ok(made.length > 60 && made.every((step) => step.startsWith("create ")), made.join("\n"));
    await settled(stack, three());

    const later = { loadBalancer: true, instanceType: "m7i.xlarge" };
    const roles = ["1", "eu-central-1b", "eu-central-1c"];
    const names = ["ec2", "machine-2", "machine-3"];
    assert.deepEqual(await up(three(later)), [
      ...roles.map((role) => `create Eip ec2-balancer-${role}`),
      "create Listener ec2-balancer-http",
      "create Listener ec2-balancer-https",
      "create LoadBalancer ec2-balancer",
      "create TargetGroup ec2-balancer-http",
      "create TargetGroup ec2-balancer-https",
      ...["http", "https"].flatMap((role) =>
        names.map((name) => `create TargetGroupAttachment ec2-balancer-${role}-${name}`),
      ),
      // AWS may give a machine another address of its own while it is stopped.
      ...names.map((name) => `update Instance ${name}-vm: instanceType, publicDns, publicIp`),
      "update Record ec2-dns-a: records[0], records[1], records[2]",
    ]);
    await settled(stack, three(later));

    const rebuilt = three({ ...later, rebuild: 2 });
    assert.deepEqual(await steps((options) => stack.preview({ ...options, program: rebuilt })), [
      ...["gate", "host-key", "setup"].map((step) => `replace Command ec2-${step}`),
      "replace EipAssociation ec2-vm",
      "replace Instance ec2-vm",
      ...["http", "https"].map((role) => `replace TargetGroupAttachment ec2-balancer-${role}-ec2`),
      "replace VolumeAttachment ec2-vm-data",
      // Its addresses are known once the balancer leads to the new machine, and are the same then.
      "update Record ec2-dns-a: records",
    ]);
    const replaced = await up(rebuilt);
    assert.ok(!replaced.some((step) => step.includes(" Record ")), replaced.join("\n"));
    await settled(stack, rebuilt);

    await steps((options) => stack.destroy({ ...options, excludeProtected: true }));
    assert.deepEqual(amazon.unknown, []);
    // A zone that was made is always protected: its name servers are at the registrar.
    assert.match((await amazon.left()).join("\n"), /^\/hostedzone\/\w+$/);
  });

  test("a database and a bucket are made beside a machine, stay as they are, change and go", async () => {
    const { stack, amazon } = await opened("ec2managed");
    const up = (program: PulumiFn) => steps((options) => stack.up({ ...options, program }));
    const made = await up(managed());
    assert.deepEqual(amazon.unknown, []);
    for (const one of ["Instance rows", "ParameterGroup rows", "Bucket files", "AccessKey files"])
      assert.ok(made.includes(`create ${one}`), made.join("\n"));
    // What is there in each account is used, and none is made.
    assert.ok(
      !made.some((step) => / (?:Vpc|InternetGateway|InstanceConnectEndpoint) /.test(step)),
      made.join("\n"),
    );
    await settled(stack, managed());

    const later = { database: { instanceClass: "db.m7g.large" } };
    assert.deepEqual(await up(managed(later)), ["update Instance rows: instanceClass"]);
    await settled(stack, managed(later));

    await steps((options) => stack.destroy(options));
    assert.deepEqual(amazon.unknown, []);
    assert.deepEqual(await amazon.left(), []);
  });

  test("what AWS refuses fails the run and is named, and what was changed there is seen", async () => {
    const { stack, amazon } = await opened("ec2refused");
    const limit = "The maximum number of addresses has been reached.";
    amazon.refusals.set("AllocateAddress", new Refusal("AddressLimitExceeded", limit));
    const complaint = await failure(() => steps((options) => stack.up({ ...options, program: alone })));
    assert.match(complaint, /aws:ec2:Eip \(ec2-vm\)/);
    assert.ok(complaint.includes(limit), complaint);
    amazon.refusals.clear();
    const rest = await steps((options) => stack.up({ ...options, program: alone }));
    assert.ok(rest.includes("create Eip ec2-vm"), rest.join("\n"));

    await opensSsh(amazon, "203.0.113.7/32");
    const drift = await steps((options) => stack.preview({ ...options, program: alone, refresh: true }));
    assert.deepEqual(drift, ["update SecurityGroupIngressRule ec2-vm-ssh-203.0.113.7/32: cidrIpv4"]);

    await steps((options) => stack.destroy(options));
    assert.deepEqual(await amazon.left(), []);
    assert.deepEqual(amazon.unknown, []);
  });
});

test(
  "what stands in for AWS keeps what is in use, and tells of what moto forgets",
  skipWhen(withoutAws),
  async () => {
    const amazon = await startAmazonCloud();
    onTestFinished(() => {
      amazon.close();
    });
    const ask = async (name: string, fields: Record<string, string>, wanted?: string): Promise<string> => {
      const answer = await asking(amazon.url)("ec2", name, fields);
      return wanted === undefined ? answer : (new RegExp(`<${wanted}>([^<]+)`).exec(answer)?.[1] ?? answer);
    };
    const vpc = await ask("CreateVpc", { CidrBlock: "10.20.0.0/16" }, "vpcId");
    const gateway = {
      InternetGatewayId: await ask("CreateInternetGateway", {}, "internetGatewayId"),
      VpcId: vpc,
    };
    await ask("AttachInternetGateway", gateway);
    const subnet = await ask("CreateSubnet", { VpcId: vpc, CidrBlock: "10.20.0.0/24" }, "subnetId");
    const group = (name: string) =>
      ask("CreateSecurityGroup", { GroupName: name, GroupDescription: name, VpcId: vpc }, "groupId");
    const [own, other] = [await group("own"), await group("other")];
    const rule = {
      "IpPermissions.1.IpProtocol": "50",
      "IpPermissions.1.Groups.1.GroupId": other,
      "IpPermissions.1.Groups.1.Description": "Machines of one swarm",
    };
    await ask("AuthorizeSecurityGroupIngress", { GroupId: own, ...rule });
    const machine = await ask(
      "RunInstances",
      {
        ImageId: "ami-0debian0",
        InstanceType: "m7i.large",
        MinCount: "1",
        MaxCount: "1",
        "NetworkInterface.1.DeviceIndex": "0",
        "NetworkInterface.1.SubnetId": subnet,
        "NetworkInterface.1.SecurityGroupId.1": own,
        "NetworkInterface.1.DeleteOnTermination": "true",
      },
      "instanceId",
    );
    const address = await ask("AllocateAddress", { Domain: "vpc" }, "allocationId");
    await ask("AssociateAddress", { InstanceId: machine, AllocationId: address });

    assert.match(await ask("DescribeSecurityGroupRules", {}), /<description>Machines of one swarm</);
    const { groupSet = "" } =
      /<\/rootDeviceType>(?<groupSet><groupSet>.*?<\/groupSet>)/s.exec(await ask("DescribeInstances", {}))
        ?.groups ?? {};
    assert.ok(groupSet.includes(own), groupSet);

    const held: [name: string, fields: Record<string, string>][] = [
      ["ReleaseAddress", { AllocationId: address }],
      ["DetachInternetGateway", gateway],
      ["DeleteSubnet", { SubnetId: subnet }],
      ["DeleteSecurityGroup", { GroupId: other }],
      ["DeleteSecurityGroup", { GroupId: own }],
    ];
    for (const [name, fields] of held)
      assert.match(
        await ask(name, fields, "Code"),
        /^(?:DependencyViolation|InvalidIPAddress\.InUse)$/,
        name,
      );
    await ask("TerminateInstances", { "InstanceId.1": machine });
    await ask("RevokeSecurityGroupIngress", { GroupId: own, ...rule });
    for (const [name, fields] of held) assert.doesNotMatch(await ask(name, fields), /<Error>/, name);
    assert.equal((await amazon.left()).length, 4);
    await ask("DeleteInternetGateway", gateway);
    await ask("DeleteVpc", { VpcId: vpc });
    assert.deepEqual(await amazon.left(), []);
    assert.deepEqual(amazon.unknown, []);
    await ask("ConfirmProductInstance", {});
    assert.deepEqual(amazon.unknown, ["ec2 ConfirmProductInstance POST /"]);
  },
);

/** Has ssh open to everyone where it was open to this block alone. */
async function opensSsh(amazon: AmazonCloud, block: string): Promise<void> {
  const ask = asking(amazon.url);
  const rules = await ask("ec2", "DescribeSecurityGroupRules");
  const found = new RegExp(
    `<securityGroupRuleId>([^<]+)</securityGroupRuleId>(?:(?!</item>).)*<cidrIpv4>${block}<`,
    "s",
  );
  const [text = "", id = ""] = found.exec(rules) ?? [];
  const [, group = ""] = /<groupId>([^<]+)/.exec(text) ?? [];
  const answer = await ask("ec2", "ModifySecurityGroupRules", {
    GroupId: group,
    "SecurityGroupRule.1.SecurityGroupRuleId": id,
    "SecurityGroupRule.1.SecurityGroupRule.IpProtocol": "tcp",
    "SecurityGroupRule.1.SecurityGroupRule.FromPort": "22",
    "SecurityGroupRule.1.SecurityGroupRule.ToPort": "22",
    "SecurityGroupRule.1.SecurityGroupRule.CidrIpv4": "0.0.0.0/0",
  });
  assert.match(answer, /<return>true</);
}
