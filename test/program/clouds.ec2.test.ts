import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "vitest";
import { parse } from "yaml";
import { Ec2Host } from "../../components/hosts/ec2/ec2.ts";
import { amazonAnswers, ec2Settings, hostKey, publicKey } from "./cloudSettings.ts";
import { runProgram, type Graph } from "./harness.ts";
import { userDataOf } from "../tools/userData.ts";

interface More {
  domain?: string;
  protectData?: boolean;
}

function hostGraph(
  settings: Record<string, unknown> = {},
  { domain = "", protectData = true }: More = {},
): Promise<Graph> {
  return runProgram(
    () => {
      const host = new Ec2Host("ec2", { ...ec2Settings(settings), system: "attn", domain, protectData });
      return {
        address: host.address,
        access: host.access,
        generation: host.generation,
        capacity: host.capacity,
      };
    },
    {
      // The gate opens a connection in a run, not in a preview.
      preview: true,
      outputs: ({ type }) => (type === "command:local:Command" ? { stdout: `${hostKey}\n` } : {}),
      calls: amazonAnswers,
    },
  );
}

const instance = "aws:ec2/instance:Instance";

/** Every ingress rule as `group port source`. */
function ingress(graph: Graph): string[] {
  return graph
    .ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    .map(
      ({
        inputs: {
          securityGroupId,
          ipProtocol,
          fromPort,
          toPort,
          cidrIpv4,
          cidrIpv6,
          referencedSecurityGroupId,
        },
      }) => {
        const source = cidrIpv4 ?? cidrIpv6 ?? referencedSecurityGroupId;
        return [securityGroupId, ipProtocol, `${String(fromPort)}-${String(toPort)}`, source].join(" ");
      },
    )
    .sort();
}

const web = ["ec2-vm-id tcp 80-80 0.0.0.0/0"];

test("ec2: the security group is exactly 80 from anywhere and 22 from the endpoint", async () => {
  const graph = await hostGraph();
  assert.deepEqual(ingress(graph), ["ec2-vm-id tcp 22-22 ec2-endpoint-id", ...web]);
  const endpoint = graph.the("aws:ec2transitgateway/instanceConnectEndpoint:InstanceConnectEndpoint");
  assert.deepEqual(endpoint.inputs.securityGroupIds, ["ec2-endpoint-id"]);
  const egress = graph.the(
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    "ec2-vm-endpoint-out",
  ).inputs;
  assert.deepEqual([egress.fromPort, egress.toPort, egress.referencedSecurityGroupId], [22, 22, "ec2-vm-id"]);
  assert.deepEqual(graph.the(instance).inputs.vpcSecurityGroupIds, ["ec2-vm-id"]);
});

test("ec2: Session Manager needs no open port for ssh, and its agent is installed", async () => {
  const graph = await hostGraph({ ssh: { publicKeys: [publicKey], by: "ssm" } });
  assert.deepEqual(ingress(graph), web);
  assert.match(userDataOf(graph.the(instance).inputs), /amazon-ssm-agent\.deb/);
  assert.match(
    String(graph.the("pulumi:providers:docker").inputs.sshOpts),
    /ProxyCommand=aws ssm start-session --target %h --document-name AWS-StartSSHSession --parameters portNumber=%p --region eu-central-1"/,
  );
});

test("ec2: named addresses open 22 to themselves and are gone straight to", async () => {
  const allowFrom = ["203.0.113.7/32", "2001:db8::/48"];
  const graph = await hostGraph({ ssh: { publicKeys: [publicKey], by: "address", allowFrom } });
  assert.deepEqual(ingress(graph), [
    "ec2-vm-id tcp 22-22 2001:db8::/48",
    "ec2-vm-id tcp 22-22 203.0.113.7/32",
    ...web,
  ]);
  const docker = graph.the("pulumi:providers:docker").inputs;
  assert.equal(docker.host, "ssh://berth@203.0.113.20:22");
  assert.doesNotMatch(String(docker.sshOpts), /ProxyCommand/);
});

test("ec2: the VPC is the stack's own, its default group closed, its traffic logged", async () => {
  const graph = await hostGraph();
  const group = graph.the("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup").inputs;
  assert.deepEqual([group.vpcId, group.ingress, group.egress], ["ec2-network-id", [], []]);
  const log = graph.the("aws:ec2/flowLog:FlowLog").inputs;
  assert.deepEqual([log.vpcId, log.trafficType], ["ec2-network-id", "ALL"]);
  const subnet = graph.the("aws:ec2/subnet:Subnet").inputs;
  assert.deepEqual([subnet.mapPublicIpOnLaunch, subnet.availabilityZone], [false, "eu-central-1a"]);
  assert.equal(graph.the(instance).inputs.subnetId, "ec2-network-id");
});

test("ec2: the default VPC is used where it is asked for, and left as it is", async () => {
  const graph = await hostGraph({ defaultVpc: true });
  for (const type of [
    "aws:ec2/vpc:Vpc",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    "aws:ec2/subnet:Subnet",
  ]) {
    assert.deepEqual(graph.ofType(type), [], type);
  }
  assert.equal(graph.the(instance).inputs.subnetId, "subnet-default");
  assert.equal(graph.the("aws:ec2/securityGroup:SecurityGroup", "ec2-vm").inputs.vpcId, "vpc-default");
});

test("ec2: the machine has the Elastic IP, and both address and data volume are protected", async () => {
  const graph = await hostGraph();
  assert.equal(graph.outputs.address, "203.0.113.20");
  assert.equal(graph.the("aws:ec2/eip:Eip").options.protect, true);
  assert.deepEqual(graph.the("aws:ec2/eipAssociation:EipAssociation").inputs, {
    instanceId: "ec2-vm-id",
    allocationId: "ec2-vm-id",
    allowReassociation: true,
  });
  assert.equal(graph.the("aws:ebs/volume:Volume").options.protect, true);
});

test("ec2: without protectData nothing keeps the stack from being destroyed", async () => {
  const graph = await hostGraph({ deletionProtection: false }, { protectData: false });
  assert.deepEqual(
    graph.resources.filter(({ options }) => options.protect === true),
    [],
  );
  assert.equal(graph.the(instance).inputs.disableApiTermination, false);
});

test("ec2: data lies on an encrypted volume of its own, with a snapshot a day kept 14 days", async () => {
  const graph = await hostGraph({ dataDisk: { size: 200 } });
  const volume = graph.the("aws:ebs/volume:Volume").inputs;
  const { tags, ...rest } = volume;
  assert.deepEqual(rest, { availabilityZone: "eu-central-1a", size: 200, type: "gp3", encrypted: true });
  const mark = { "berth-snapshots": "berth-test-ec2-vm-data" };
  assert.deepEqual(tags, { Name: "ec2-vm-data", ...mark });
  const policy = graph.the("aws:dlm/lifecyclePolicy:LifecyclePolicy").inputs;
  assert.deepEqual(policy.policyDetails, {
    resourceTypes: ["VOLUME"],
    targetTags: mark,
    schedules: [
      {
        name: "daily",
        createRule: { interval: 24, intervalUnit: "HOURS", times: "03:00" },
        retainRule: { count: 14 },
        copyTags: true,
      },
    ],
  });
  const attachment = graph.the("aws:ec2/volumeAttachment:VolumeAttachment");
  assert.deepEqual(attachment.inputs, {
    instanceId: "ec2-vm-id",
    volumeId: "ec2-vm-data-id",
    deviceName: "/dev/sdf",
    stopInstanceBeforeDetaching: true,
  });
  assert.equal(attachment.options.deleteBeforeReplace, true);
});

test("ec2: a new machine is made before the old one goes, and only when asked for", async () => {
  const { inputs, options } = (await hostGraph({ rebuild: 3 })).the(instance);
  assert.equal(options.deleteBeforeReplace, undefined);
  assert.equal(options.replacementTrigger, 3);
  assert.deepEqual(options.ignoreChanges, ["ami", "userData", "userDataBase64"]);
  assert.equal(inputs.userDataReplaceOnChange, undefined);
});

test("ec2: the image is the newest Debian for the processor, or what settings name", async () => {
  const calls: unknown[] = [];
  const ask = (settings: Record<string, unknown>) =>
    runProgram(
      () => new Ec2Host("ec2", { ...ec2Settings(settings), system: "attn", domain: "", protectData: true }),
      {
        preview: true,
        calls: {
          ...amazonAnswers,
          "aws:ec2/getAmi:getAmi": (inputs) => {
            const [{ values }] = inputs.filters as [{ values: unknown[] }];
            calls.push([inputs.owners, inputs.mostRecent, values]);
            return { id: "ami-0abc" };
          },
        },
      },
    );
  await ask({});
  await ask({ instanceType: "m7g.large" });
  await ask({
    image: { owner: "099720109477", name: "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*" },
  });
  assert.deepEqual(calls, [
    [["136693071363"], true, ["debian-12-amd64-*"]],
    [["136693071363"], true, ["debian-12-arm64-*"]],
    [["099720109477"], true, ["ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*"]],
  ]);
});

test("ec2: the domain's A record is made in a zone that is looked up or made", async () => {
  const record = { name: "app.example.org", type: "A", ttl: 300, records: ["203.0.113.20"] };
  const found = await hostGraph({ dns: { zone: "example.org" } }, { domain: "app.example.org" });
  assert.deepEqual(found.the("aws:route53/record:Record").inputs, { zoneId: "Z123", ...record });
  const made = await hostGraph({ dns: { zone: "example.org", create: true } }, { domain: "app.example.org" });
  assert.deepEqual(made.the("aws:route53/record:Record").inputs, { zoneId: "Z456", ...record });
  assert.equal(made.the("aws:route53/zone:Zone").options.protect, true);
});

test("ec2: a GPU comes with the instance type, and its driver with the user data", async () => {
  const graph = await hostGraph({ instanceType: "g5.xlarge" });
  assert.deepEqual(graph.outputs.capacity, { cpus: 4, memory: 16384, gpus: 1 });
});

test("ec2: Docker is reached through the endpoint, with the host key that AWS tells", async () => {
  const graph = await hostGraph({ profile: "prod" });
  const { inputs } = graph.the("pulumi:providers:docker");
  assert.equal(inputs.host, "ssh://berth@ec2-vm-id:22");
  const options = String(inputs.sshOpts);
  const tunnel =
    "ProxyCommand=aws ec2-instance-connect open-tunnel --instance-id %h --remote-port %p --region eu-central-1 --profile prod";
  assert.ok(options.includes(tunnel), options);
  assert.ok(options.includes(hostKey), options);
});

test("ec2: user data lets the named keys in and holds no secret", async () => {
  const graph = await hostGraph({ ssh: { publicKeys: [publicKey], by: "ssm" } });
  const { inputs, secrets } = graph.the(instance);
  const text = userDataOf(inputs);
  const config = parse(text) as { users: { ssh_authorized_keys: string[] }[] };
  assert.deepEqual(config.users[0]?.ssh_authorized_keys, [publicKey]);
  assert.deepEqual(secrets, []);
  assert.doesNotMatch(text, /PRIVATE KEY|password:|ssh_keys/);
});

test("ec2: every resource is a child of the host", async () => {
  const graph = await hostGraph({ dns: { zone: "example.org" } }, { domain: "app.example.org" });
  const host = graph.the("berth:hosts:Ec2Host");
  assert.deepEqual(
    graph.resources.filter((resource) => resource.custom && !graph.parents(resource).includes(host)),
    [],
  );
});

test("ec2: six long keys fit into EC2's 16 KiB of user data, compressed", async () => {
  // RSA keys of 4,096 bits, of which nothing but the beginning is alike; 730 characters each.
  const key = () => `ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAACAQ${randomBytes(512).toString("base64")} you`;
  const six = Array.from({ length: 6 }, key);
  const graph = await hostGraph({ ssh: { publicKeys: six, by: "ssm" } });
  const { inputs } = graph.the(instance);
  const { length } = Buffer.from(String(inputs.userDataBase64), "base64");
  assert.ok(length <= 16_384 && length > 14_000, `${length} bytes`);
  const users = (parse(userDataOf(inputs)) as { users: { ssh_authorized_keys: string[] }[] }).users;
  assert.deepEqual(users[0]?.ssh_authorized_keys, six);
});
