import assert from "node:assert/strict";
import { test } from "vitest";
import { Ec2Host } from "../../components/hosts/ec2/ec2.ts";
import { GceHost } from "../../components/hosts/gce/gce.ts";
import { judge } from "../../policy/rules.ts";
import { amazonAnswers, ec2Settings, gceSettings, hostKey } from "./cloudSettings.ts";
import { runProgram, type Graph } from "./harness.ts";

const base = { system: "vru", domain: "", protectData: true };

function twoHosts(program: () => unknown): Promise<Graph> {
  return runProgram(program, {
    preview: true,
    calls: amazonAnswers,
    outputs: ({ type }) => (type === "command:local:Command" ? { stdout: `${hostKey}\n` } : {}),
  });
}

const google = await twoHosts(() => {
  const host = new GceHost("gce", { ...base, ...gceSettings() });
  const gpu = new GceHost("gpu", {
    ...base,
    ...gceSettings({ gpu: "nvidia-l4" }),
    beside: { host, ports: [8001] },
  });
  return { address: gpu.address, publication: gpu.publication, capacity: gpu.capacity };
});

const amazon = await twoHosts(() => {
  const host = new Ec2Host("ec2", { ...base, ...ec2Settings() });
  const settings = ec2Settings({ instanceType: "g5.xlarge" });
  const gpu = new Ec2Host("gpu", { ...base, ...settings, beside: { host, ports: [8001] } });
  return { address: gpu.address, publication: gpu.publication, capacity: gpu.capacity };
});

test("gce: a second machine joins the first one's network and has no static address", () => {
  assert.equal(google.ofType("gcp:compute/network:Network").length, 1);
  assert.equal(google.ofType("gcp:compute/address:Address").length, 1);
  const { networkInterfaces } = google.the("gcp:compute/instance:Instance", "gpu-vm").inputs;
  assert.deepEqual(networkInterfaces, [
    { subnetwork: "gce-network-id", accessConfigs: [{ networkTier: "PREMIUM" }] },
  ]);
  assert.deepEqual(google.outputs, {
    address: "10.10.0.3",
    publication: { ip: "127.0.0.1", http: 80 },
    capacity: { cpus: 4, memory: 16384, gpus: 1 },
  });
});

test("gce: the second machine is reached by the first on one port, by IAP on 22, and by nobody else", () => {
  const target = "gpu-vm@my-project.iam.gserviceaccount.com";
  const rules = google
    .ofType("gcp:compute/firewall:Firewall")
    .filter(({ inputs }) => (inputs.targetServiceAccounts as string[]).includes(target))
    .map(({ inputs }) => [inputs.sourceRanges ?? inputs.sourceServiceAccounts, inputs.allows]);
  assert.deepEqual(
    new Set(rules),
    new Set([
      [["35.235.240.0/20"], [{ protocol: "tcp", ports: ["22"] }]],
      [["gce-vm@my-project.iam.gserviceaccount.com"], [{ protocol: "tcp", ports: ["8001"] }]],
    ]),
  );
});

test("ec2: a second machine joins the first one's network and has no Elastic IP", () => {
  assert.equal(amazon.ofType("aws:ec2/vpc:Vpc").length, 1);
  assert.equal(amazon.ofType("aws:ec2/eip:Eip").length, 1);
  const { subnetId, associatePublicIpAddress } = amazon.the("aws:ec2/instance:Instance", "gpu-vm").inputs;
  assert.deepEqual([subnetId, associatePublicIpAddress], ["ec2-network-id", true]);
  assert.deepEqual(amazon.outputs, {
    address: "10.20.0.5",
    publication: { ip: "127.0.0.1", http: 80 },
    capacity: { cpus: 4, memory: 16384, gpus: 1 },
  });
});

test("ec2: the second machine is reached by the first on one port, by the one endpoint on 22, and by nobody else", () => {
  assert.equal(
    amazon.ofType("aws:ec2transitgateway/instanceConnectEndpoint:InstanceConnectEndpoint").length,
    1,
  );
  const rules = amazon
    .ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    .filter(({ inputs }) => inputs.securityGroupId === "gpu-vm-id")
    .map(({ inputs }) => [
      inputs.cidrIpv4 ?? inputs.cidrIpv6 ?? inputs.referencedSecurityGroupId,
      inputs.fromPort,
      inputs.toPort,
    ]);
  assert.deepEqual(
    new Set(rules),
    new Set([
      ["ec2-vm-id", 8001, 8001],
      ["ec2-endpoint-id", 22, 22],
    ]),
  );
});

for (const [kind, graph] of Object.entries({ gce: google, ec2: amazon })) {
  test(`${kind}: each machine has an engine, an identity and a disk of its own`, () => {
    assert.deepEqual(
      graph
        .ofType("pulumi:providers:docker")
        .map(({ name }) => name)
        .toSorted(),
      [kind, "gpu"].toSorted(),
    );
    const disks = [...graph.ofType("gcp:compute/disk:Disk"), ...graph.ofType("aws:ebs/volume:Volume")];
    assert.deepEqual(disks.map(({ name }) => name).toSorted(), [`${kind}-vm-data`, "gpu-vm-data"].toSorted());
  });

  test(`${kind}: the policy pack finds nothing in two machines`, () => {
    const facts = graph.resources.map(({ type, name, inputs, options }) => {
      return { type, name, props: inputs, protect: options.protect === true };
    });
    assert.deepEqual(judge(facts), []);
  });
}
