import assert from "node:assert/strict";
import { test } from "vitest";
import { parse } from "yaml";
import { GceHost } from "../../components/hosts/gce/gce.ts";
import { gceSettings, googleZones, hostKey, publicKey } from "./cloudSettings.ts";
import { runProgram, type Graph, type Registered } from "./harness.ts";

function hostGraph(
  settings: Record<string, unknown> = {},
  args: { domain?: string; protectData?: boolean } = {},
): Promise<Graph> {
  const { domain = "", protectData = true } = args;
  return runProgram(
    () => {
      const host = new GceHost("gce", { ...gceSettings(settings), system: "attn", domain, protectData });
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
      calls: googleZones,
    },
  );
}

const instance = "gcp:compute/instance:Instance";
const firewall = "gcp:compute/firewall:Firewall";

function rules(graph: Graph): unknown[] {
  return graph.ofType(firewall).map(({ inputs }) => [inputs.direction, inputs.sourceRanges, inputs.allows]);
}

const web = ["INGRESS", ["0.0.0.0/0"], [{ protocol: "tcp", ports: ["80"] }]];
const iap = ["INGRESS", ["35.235.240.0/20"], [{ protocol: "tcp", ports: ["22"] }]];

test("gce: the firewall is exactly 80 from anywhere and 22 from IAP, on this machine alone", async () => {
  const graph = await hostGraph();
  assert.deepEqual(new Set(rules(graph)), new Set([web, iap]));
  for (const { inputs } of graph.ofType(firewall)) {
    assert.deepEqual(inputs.targetServiceAccounts, ["gce-vm@my-project.iam.gserviceaccount.com"]);
    assert.equal(inputs.network, "gce-network-id");
  }
});

test("gce: named addresses open 22 to themselves, a rule an address family", async () => {
  const allowFrom = ["203.0.113.7/32", "198.51.100.0/24", "2001:db8::/48"];
  const graph = await hostGraph({ ssh: { publicKeys: [publicKey], allowFrom } });
  const four = ["INGRESS", ["203.0.113.7/32", "198.51.100.0/24"], [{ protocol: "tcp", ports: ["22"] }]];
  const six = ["INGRESS", ["2001:db8::/48"], [{ protocol: "tcp", ports: ["22"] }]];
  assert.deepEqual(new Set(rules(graph)), new Set([web, iap, four, six]));
});

test("gce: the network is the stack's own, with one logged subnet", async () => {
  const graph = await hostGraph();
  assert.deepEqual(graph.the("gcp:compute/network:Network").inputs, {
    autoCreateSubnetworks: false,
    routingMode: "REGIONAL",
  });
  const { inputs } = graph.the("gcp:compute/subnetwork:Subnetwork");
  assert.equal(inputs.privateIpGoogleAccess, true);
  assert.deepEqual(inputs.logConfig, {
    aggregationInterval: "INTERVAL_5_SEC",
    flowSampling: 0.5,
    metadata: "INCLUDE_ALL_METADATA",
  });
});

test("gce: the machine has the static address, and both address and data disk are protected", async () => {
  const graph = await hostGraph();
  const [nic] = graph.the(instance).inputs.networkInterfaces as [Record<string, unknown>];
  assert.deepEqual(nic, {
    subnetwork: "gce-network-id",
    accessConfigs: [{ natIp: "203.0.113.10", networkTier: "PREMIUM" }],
  });
  assert.equal(graph.the("gcp:compute/address:Address").options.protect, true);
  assert.equal(graph.the("gcp:compute/disk:Disk").options.protect, true);
  assert.equal(graph.outputs.address, "203.0.113.10");
});

test("gce: without protectData nothing keeps the stack from being destroyed", async () => {
  const graph = await hostGraph({ deletionProtection: false }, { protectData: false });
  assert.deepEqual(
    graph.resources.filter(({ options }) => options.protect === true),
    [],
  );
  assert.equal(graph.the(instance).inputs.deletionProtection, false);
});

test("gce: data lies on a disk of its own, with a snapshot a day kept 14 days", async () => {
  const graph = await hostGraph({ dataDisk: { size: 200, type: "pd-ssd" } });
  const disk = graph.the("gcp:compute/disk:Disk");
  assert.deepEqual(disk.inputs, { zone: "europe-west4-a", size: 200, type: "pd-ssd" });
  const attached = graph.the("gcp:compute/attachedDisk:AttachedDisk");
  assert.deepEqual(attached.inputs, {
    zone: "europe-west4-a",
    instance: "gce-vm-id",
    disk: "gce-vm-data-id",
    deviceName: "data",
  });
  assert.equal(attached.options.deleteBeforeReplace, true);
  const policy = graph.the("gcp:compute/resourcePolicy:ResourcePolicy");
  assert.deepEqual(policy.inputs.snapshotSchedulePolicy, {
    schedule: { dailySchedule: { daysInCycle: 1, startTime: "03:00" } },
    retentionPolicy: { maxRetentionDays: 14, onSourceDiskDelete: "KEEP_AUTO_SNAPSHOTS" },
  });
  const kept = graph.the("gcp:compute/diskResourcePolicyAttachment:DiskResourcePolicyAttachment");
  assert.deepEqual(
    [kept.inputs.disk, kept.inputs.name],
    ["gce-vm-data-0f1e2d3", "gce-vm-data-snapshots-0f1e2d3"],
  );
});

test("gce: a new machine is made before the old one goes, and only when asked for", async () => {
  const graph = await hostGraph();
  const { inputs, options } = graph.the(instance);
  assert.equal(inputs.name, undefined);
  assert.equal(options.deleteBeforeReplace, undefined);
  assert.equal(options.replacementTrigger, 1);
  assert.deepEqual(options.ignoreChanges, [
    'metadata["user-data"]',
    "bootDisk.initializeParams",
    "attachedDisks",
  ]);
  assert.deepEqual(
    graph.ofType("command:local:Command").map(({ name }) => name),
    ["gce-host-key", "gce-gate"],
  );
});

test("gce: a rebuilt machine waits until the old one has let go of the address", async () => {
  const graph = await hostGraph({ rebuild: 2 });
  const release = graph.the("command:local:Command", "gce-vm-release");
  assert.deepEqual(release.inputs.triggers, [2]);
  assert.equal(graph.the(instance).options.replacementTrigger, 2);
  assert.ok(graph.the(instance).options.dependsOn.includes(release.urn));
});

test("gce: the domain's A record is made in a zone that is looked up", async () => {
  const graph = await hostGraph({ dns: { zone: "example.org" } }, { domain: "app.example.org" });
  assert.deepEqual(graph.the("gcp:dns/recordSet:RecordSet").inputs, {
    managedZone: "example-org",
    name: "app.example.org.",
    type: "A",
    ttl: 300,
    rrdatas: ["203.0.113.10"],
  });
  assert.deepEqual(graph.ofType("gcp:dns/managedZone:ManagedZone"), []);
});

test("gce: a zone is made where it is asked for, signed and protected", async () => {
  const graph = await hostGraph({ dns: { zone: "example.org", create: true } }, { domain: "example.org" });
  const zone = graph.the("gcp:dns/managedZone:ManagedZone");
  assert.deepEqual(zone.inputs, {
    dnsName: "example.org.",
    dnssecConfig: { state: "on" },
    description: "example.org, made by Berth",
  });
  assert.equal(zone.options.protect, true);
  assert.equal(graph.the("gcp:dns/recordSet:RecordSet").inputs.managedZone, "gce-dns-0f1e2d3");
  assert.deepEqual(graph.calls, []);
});

test("gce: a domain outside its zone is refused", async () => {
  await assert.rejects(hostGraph({ dns: { zone: "example.org" } }, { domain: "app.example.com" }), {
    message: 'domain: must be in zone example.org of host.dns, got "app.example.com"',
  });
});

test("gce: a GPU is one line, and stops the machine for maintenance", async () => {
  const attached = (await hostGraph({ gpu: "nvidia-tesla-t4" })).the(instance).inputs;
  assert.equal(attached.machineType, "n1-standard-4");
  assert.deepEqual(attached.guestAccelerators, [{ type: "nvidia-tesla-t4", count: 1 }]);
  assert.deepEqual(attached.scheduling, { automaticRestart: true, onHostMaintenance: "TERMINATE" });
  const graph = await hostGraph({ gpu: "nvidia-l4" });
  const part = graph.the(instance).inputs;
  assert.equal(part.machineType, "g2-standard-4");
  assert.equal(part.guestAccelerators, undefined);
  assert.deepEqual(part.scheduling, attached.scheduling);
  assert.deepEqual(graph.outputs.capacity, { cpus: 4, memory: 16384, gpus: 1 });
});

test("gce: Docker is reached through IAP, with the host key that Google tells", async () => {
  const graph = await hostGraph();
  const { inputs } = graph.the("pulumi:providers:docker");
  assert.equal(inputs.host, "ssh://berth@gce-vm-0f1e2d3:22");
  const options = String(inputs.sshOpts);
  const tunnel =
    "ProxyCommand=gcloud compute start-iap-tunnel %h %p --listen-on-stdin --project=my-project --zone=europe-west4-a --verbosity=error";
  assert.ok(options.includes(tunnel), options);
  assert.ok(options.includes("StrictHostKeyChecking=yes"), options);
  assert.ok(options.includes(hostKey), options);
});

test("gce: user data lets the named keys in, mounts the data disk and holds no secret", async () => {
  const graph = await hostGraph();
  const { inputs, secrets } = graph.the(instance);
  const text = String((inputs.metadata as Record<string, unknown>)["user-data"]);
  const config = parse(text) as Record<string, unknown>;
  assert.deepEqual(config.users, [
    {
      name: "berth",
      groups: ["docker"],
      shell: "/bin/bash",
      lock_passwd: true,
      sudo: "ALL=(ALL) NOPASSWD:ALL",
      ssh_authorized_keys: [publicKey],
    },
  ]);
  assert.deepEqual(secrets, []);
  assert.doesNotMatch(text, /PRIVATE KEY|password:|ssh_keys/);
});

test("gce: every resource is a child of the host, and only APIs precede the network", async () => {
  const graph = await hostGraph({ dns: { zone: "example.org" } }, { domain: "app.example.org" });
  assert.deepEqual(graph.orphans(), []);
  const host = graph.the("berth:hosts:GceHost");
  const outside = graph.resources.filter(
    (resource: Registered) => resource.custom && !graph.parents(resource).includes(host),
  );
  assert.deepEqual(outside, []);
  const apis = graph.ofType("gcp:projects/service:Service");
  assert.deepEqual(
    apis.map(({ inputs }) => [inputs.service, inputs.disableOnDestroy]),
    ["cloudresourcemanager", "compute", "iam", "iap", "logging", "monitoring", "oslogin", "dns"].map(
      (api) => [`${api}.googleapis.com`, false],
    ),
  );
  assert.deepEqual(
    graph.the("berth:hosts:gce:Network").options.dependsOn.filter((urn) => urn.includes("projects/service"))
      .length,
    apis.length,
  );
});
