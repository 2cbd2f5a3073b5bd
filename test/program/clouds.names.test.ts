import assert from "node:assert/strict";
import { test } from "vitest";
import { stackOn } from "./anyStack.ts";
import { publicKey } from "./cloudSettings.ts";
import type { Graph, Registered } from "./harness.ts";

/** What is wrong with a name; nothing where its vendor takes it. */
type Rule = (name: string) => boolean;

/** https://cloud.google.com/compute/docs/naming-resources, after RFC 1035. */
const compute: Rule = (name) => /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name);
/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html */
const iam =
  (most: number): Rule =>
  (name) =>
    /^[\w+=,.@-]+$/.test(name) && name.length <= most;
/** https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html */
const rds =
  (most: number): Rule =>
  (name) =>
    /^[a-z](?:-?[a-z0-9])*$/.test(name) && name.length <= most;

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html */
const balancing: Rule = (name) => /^(?!internal-|-)[A-Za-z0-9-]{1,32}$/.test(name) && !name.endsWith("-");

/** Under which argument each type of resource has the name that its vendor knows it by, and what that may be. */
const named: Record<string, [argument: string, rule: Rule]> = {
  "gcp:compute/address:Address": ["name", compute],
  "gcp:compute/disk:Disk": ["name", compute],
  "gcp:compute/firewall:Firewall": ["name", compute],
  "gcp:compute/forwardingRule:ForwardingRule": ["name", compute],
  "gcp:compute/globalAddress:GlobalAddress": ["name", compute],
  "gcp:compute/instance:Instance": ["name", compute],
  "gcp:compute/instanceGroup:InstanceGroup": ["name", compute],
  "gcp:compute/network:Network": ["name", compute],
  "gcp:compute/regionBackendService:RegionBackendService": ["name", compute],
  "gcp:compute/regionHealthCheck:RegionHealthCheck": ["name", compute],
  "gcp:compute/resourcePolicy:ResourcePolicy": ["name", compute],
  "gcp:compute/subnetwork:Subnetwork": ["name", compute],
  "gcp:dns/managedZone:ManagedZone": ["name", compute],
  // https://cloud.google.com/iam/docs/service-accounts-create
  "gcp:serviceaccount/account:Account": ["accountId", (name) => /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/.test(name)],
  // With the project's name, 98 characters: https://cloud.google.com/sql/docs/postgres/instance-settings
  "gcp:sql/databaseInstance:DatabaseInstance": [
    "name",
    (name) => compute(name) && `my-project:${name}`.length <= 98,
  ],
  // https://cloud.google.com/storage/docs/buckets#naming
  "gcp:storage/bucket:Bucket": [
    "name",
    (name) => /^[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$/.test(name) && !/^goog|google/.test(name),
  ],
  // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
  "aws:cloudwatch/logGroup:LogGroup": ["name", (name) => /^[\w./#-]{1,512}$/.test(name)],
  // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
  "aws:ec2/securityGroup:SecurityGroup": [
    "name",
    (name) => /^[\w .:/()#,@[\]+=&;{}!$*-]{1,255}$/.test(name) && !name.startsWith("sg-"),
  ],
  "aws:iam/instanceProfile:InstanceProfile": ["name", iam(128)],
  "aws:iam/role:Role": ["name", iam(64)],
  "aws:iam/rolePolicy:RolePolicy": ["name", iam(128)],
  "aws:iam/user:User": ["name", iam(64)],
  "aws:iam/userPolicy:UserPolicy": ["name", iam(128)],
  "aws:lb/loadBalancer:LoadBalancer": ["name", balancing],
  "aws:lb/targetGroup:TargetGroup": ["name", balancing],
  "aws:rds/instance:Instance": ["identifier", rds(63)],
  "aws:rds/parameterGroup:ParameterGroup": ["name", rds(255)],
  "aws:rds/subnetGroup:SubnetGroup": ["name", rds(255)],
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
  "aws:s3/bucket:Bucket": [
    "bucket",
    (name) => /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(name) && !/^(?:xn--|sthree-|amzn-s3-demo-)/.test(name),
  ],
};

/** What vendors know by an id of their own, or by another's name. A type that is in neither list hasn't been looked at. */
const nameless = new Set(
  `aws:dlm/lifecyclePolicy:LifecyclePolicy aws:ebs/volume:Volume aws:ec2/defaultSecurityGroup:DefaultSecurityGroup
aws:ec2/eip:Eip aws:ec2/eipAssociation:EipAssociation aws:ec2/flowLog:FlowLog aws:ec2/instance:Instance
aws:ec2/internetGateway:InternetGateway aws:ec2/route:Route aws:ec2/routeTable:RouteTable
aws:ec2/routeTableAssociation:RouteTableAssociation aws:ec2/subnet:Subnet aws:ec2/volumeAttachment:VolumeAttachment
aws:ec2/vpc:Vpc aws:ec2transitgateway/instanceConnectEndpoint:InstanceConnectEndpoint aws:iam/accessKey:AccessKey
aws:iam/rolePolicyAttachment:RolePolicyAttachment aws:lb/listener:Listener
aws:lb/targetGroupAttachment:TargetGroupAttachment aws:route53/record:Record aws:route53/zone:Zone
aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration aws:s3/bucketPolicy:BucketPolicy
aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock aws:s3/bucketVersioning:BucketVersioning
aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule
gcp:compute/attachedDisk:AttachedDisk gcp:compute/diskResourcePolicyAttachment:DiskResourcePolicyAttachment
gcp:dns/recordSet:RecordSet gcp:iap/tunnelInstanceIAMMember:TunnelInstanceIAMMember gcp:projects/iAMMember:IAMMember
gcp:projects/service:Service gcp:servicenetworking/connection:Connection gcp:sql/database:Database gcp:sql/user:User
gcp:storage/bucketIAMMember:BucketIAMMember gcp:storage/hmacKey:HmacKey`.split(/\s+/),
);

/** Pulumi's own name of a resource that is given none: a dash and seven hex digits (pulumi-terraform-bridge AutoName). */
function nameOf({ name, inputs }: Registered, argument: string): string {
  const given = inputs[argument];
  return typeof given === "string" ? given : `${name}-0f1e2d3`;
}

/** https://cloud.google.com/compute/docs/labeling-resources#requirements */
const googleLabel = /^[a-z0-9_-]{0,63}$/;
/** https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html#tag-conventions */
const amazonTag = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;
/** Of a security group and its rules, as their names are; https://docs.aws.amazon.com/dlm/latest/APIReference/API_CreateLifecyclePolicy.html */
const descriptions: Record<string, RegExp> = {
  "aws:dlm/lifecyclePolicy:LifecyclePolicy": /^[0-9A-Za-z _-]{1,500}$/,
  "aws:ec2/securityGroup:SecurityGroup": /^[\w .:/()#,@[\]+=&;{}!$*-]{1,255}$/,
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": /^[\w .:/()#,@[\]+=&;{}!$*-]{1,255}$/,
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": /^[\w .:/()#,@[\]+=&;{}!$*-]{1,255}$/,
};

/** Labels or tags, of a resource or of all that a provider makes, as key → value. */
function labelsOf({ inputs }: Registered): [string, string][] {
  const tags = (inputs.defaultTags as { tags?: object } | undefined)?.tags;
  // A provider's maps are JSON on the wire.
  const text = [inputs.defaultLabels, inputs.defaultTags].find((value) => typeof value === "string");
  const parsed = text === undefined ? {} : (JSON.parse(text) as Record<string, unknown>);
  const target = (inputs.policyDetails as { targetTags?: object } | undefined)?.targetTags;
  const maps = [inputs.tags, tags, target, inputs.labels, parsed.tags ?? parsed];
  return maps.flatMap((map) => Object.entries((map ?? {}) as Record<string, string>));
}

/** All that a vendor would refuse of a resource's names. */
function refused(resource: Registered): string[] {
  const { type, name, inputs } = resource;
  const wrong = (what: string, got: unknown) => `${type} ${name}: ${what} ${JSON.stringify(got)}`;
  const [argument, rule] = named[type] ?? [];
  const own = argument === undefined ? "" : nameOf(resource, argument);
  const label = type.includes("gcp") ? googleLabel : amazonTag;
  const snapshot = inputs.finalSnapshotIdentifier;
  return [
    ...(argument === undefined && !type.startsWith("pulumi:") && !nameless.has(type)
      ? [wrong("must be looked at,", type)]
      : []),
    ...(rule !== undefined && !rule(own) ? [wrong("name", own)] : []),
    ...labelsOf(resource)
      .filter(
        ([key, value]) => !label.test(key) || !label.test(value) || key === "" || key.startsWith("aws:"),
      )
      .map((pair) => wrong("label", pair)),
    ...(descriptions[type]?.test(String(inputs.description)) === false
      ? [wrong("description", inputs.description)]
      : []),
    ...(typeof snapshot === "string" && !rds(255)(snapshot) ? [wrong("snapshot", snapshot)] : []),
  ];
}

const ofClouds = ({ resources }: Graph) =>
  resources.filter(({ type, custom }) => custom && /^(?:pulumi:providers:)?(?:aws|gcp)\b/.test(type));

const managed = { postgres: "managed", minio: "managed" };
const common = { domain: "app.example.org", external: managed, monitoring: true };
const dns = { zone: "example.org", create: true };
const longest = "a".repeat(19);
const beside = { hosts: { [longest]: {} }, placement: { "ml-engine": longest }, monitoring: true };

const kinds = {
  gce: {
    ...common,
    host: { dns, ssh: { publicKeys: [publicKey], members: ["user:you@example.org"] } },
  },
  ec2: { ...common, host: { dns, availabilityZone: "eu-central-1a" } },
} as const;

/** Pulumi's own rule takes these: letters, digits, dashes, underscores and dots, at most 100. */
const stacks = ["eu.prod", "eu-prod", "EU-prod", "Prod", "a_b", "a".repeat(60), "A".repeat(100), "1.-"];

/** What of a stack a vendor is told: all values in which two stacks of one account may meet. */
function marks(graph: Graph): string {
  const values = ofClouds(graph).flatMap((resource) => {
    const own = labelsOf(resource).filter(([key]) => ["berth-stack", "berth-snapshots"].includes(key));
    const { finalSnapshotIdentifier } = resource.inputs;
    return [
      ...own.map((pair) => pair.join("=")),
      ...(typeof finalSnapshotIdentifier === "string" ? [finalSnapshotIdentifier] : []),
    ];
  });
  return [...new Set(values)].sort().join("\n");
}

for (const kind of ["gce", "ec2"] as const) {
  test(`${kind}: so are those of a machine beside another whose name is as long as it may be`, async () => {
    const graph = await stackOn(kind, "vru", beside, { stack: "Prod" });
    const own = ofClouds(graph).filter(({ name }) => name.startsWith(longest));
    assert.ok(own.length > 5, `${own.length}`);
    assert.deepEqual(ofClouds(graph).flatMap(refused), []);
  });

  test(`${kind}: so are those of machines that are one swarm`, async () => {
    const graph = await stackOn(
      kind,
      "loc8",
      { swarm: true, host: {}, hosts: { [longest]: {} } },
      { stack: "Prod" },
    );
    assert.deepEqual(ofClouds(graph).flatMap(refused), []);
  });

  test(`${kind}: so are those of a load balancer before them, in zones and machines whose names are long`, async () => {
    const zone = kind === "gce" ? "northamerica-northeast1-a" : "us-gov-west-1a";
    const where =
      kind === "gce"
        ? { zone, zones: [zone, "northamerica-northeast1-b"] }
        : {
            ...{ region: "us-gov-west-1", zones: [zone, "us-gov-west-1b"] },
            image: { owner: "123456789012", name: "debian-12-amd64-*" },
          };
    const graph = await stackOn(
      kind,
      "loc8",
      { host: { machines: 2, loadBalancer: true, ...where }, hosts: { [longest]: {} } },
      { stack: "Prod" },
    );
    assert.ok(ofClouds(graph).filter(({ name }) => name.includes("-balancer")).length > 5);
    assert.deepEqual(ofClouds(graph).flatMap(refused), []);
  });

  test(`${kind}: so are those of a database of attn's, whose services' names have what no vendor takes`, async () => {
    const graph = await stackOn(kind, "attn", { ...kinds[kind], external: { attn_postgres: "managed" } });
    const databases = ofClouds(graph).filter(({ type }) =>
      /sql\/databaseInstance:|rds\/instance:/.test(type),
    );
    assert.deepEqual(
      databases.map(({ name }) => name),
      ["attn-postgres"],
    );
    assert.deepEqual(ofClouds(graph).flatMap(refused), []);
  });

  const seen = new Map<string, string>();
  for (const stack of stacks) {
    test(`${kind}: every name of stack ${stack} is one that its vendor takes`, async () => {
      const graph = await stackOn(kind, "arv", kinds[kind], { stack });
      const resources = ofClouds(graph);
      assert.ok(resources.length > 30, `${resources.length}`);
      assert.deepEqual(resources.flatMap(refused), []);
      const own = marks(graph);
      assert.match(own, /berth-stack=/);
      assert.equal(seen.get(own), undefined, `as of stack ${seen.get(own) ?? ""}`);
      seen.set(own, stack);
      if (kind === "ec2") assert.match(own, /berth-snapshots=/);
    });
  }
}

test("ec2: stacks and machines whose names are joined to the same have snapshots of their own", async () => {
  const [machine, placed] = ["b-ec2", { placement: { "ml-engine": "b-ec2" } }];
  const marked = (graph: Graph) => marks(graph).match(/(?<=^berth-snapshots=).*$/gm) ?? [];
  const one = marked(await stackOn("ec2", "vru", {}, { stack: "a-b" }));
  const other = marked(await stackOn("ec2", "vru", { hosts: { [machine]: {} }, ...placed }, { stack: "a" }));
  assert.match(one.join(), /^berth-a-b-ec2-vm-data-[0-9a-f]{8}$/);
  const [first, second = ""] = other.toSorted();
  assert.match(String(first), /^berth-a-b-ec2-vm-data-[0-9a-f]{8}$/);
  assert.deepEqual([second, other.length, new Set([...one, ...other]).size], ["berth-a-ec2-vm-data", 2, 3]);
});

test("ec2: so have databases that RDS writes a last snapshot of", async () => {
  const last = async (stack: string) => {
    const graph = await stackOn("ec2", "arv", { external: { postgres: "managed" } }, { stack });
    return String(graph.the("aws:rds/instance:Instance").inputs.finalSnapshotIdentifier);
  };
  assert.equal(await last("prod"), "berth-prod-postgres-final");
  assert.match(await last("eu-prod"), /^berth-eu-prod-postgres-final-[0-9a-f]{8}$/);
});

test("what a vendor refuses is found", () => {
  const bad = (type: string, inputs: Record<string, unknown>, name = "x") =>
    refused({ type, name, inputs, custom: true } as Registered).length;
  assert.equal(bad("gcp:compute/instance:Instance", { name: "Eu.prod" }), 1);
  assert.equal(bad("gcp:serviceaccount/account:Account", {}, `${"a".repeat(20)}-vm`), 1);
  assert.equal(bad("gcp:serviceaccount/account:Account", {}, `${longest}-vm`), 0);
  assert.equal(bad("gcp:storage/bucket:Bucket", {}, "google-media"), 1);
  assert.equal(bad("pulumi:providers:gcp", { defaultLabels: '{"berth-stack":"Prod"}' }), 1);
  assert.equal(bad("aws:ec2/securityGroup:SecurityGroup", { description: "a" }, "sg-one"), 1);
  assert.equal(bad("aws:rds/instance:Instance", { finalSnapshotIdentifier: "a--b" }), 1);
  assert.equal(bad("aws:s3/bucket:Bucket", {}, "my_bucket"), 1);
  assert.equal(bad("aws:lb/loadBalancer:LoadBalancer", {}, "internal-one"), 1);
  assert.equal(bad("aws:lb/targetGroup:TargetGroup", {}, "a".repeat(25)), 1);
  assert.equal(bad("aws:lb/targetGroup:TargetGroup", {}, "a".repeat(24)), 0);
  assert.equal(bad("aws:dlm/lifecyclePolicy:LifecyclePolicy", { description: "of eu.prod" }), 1);
  assert.equal(bad("aws:ebs/volume:Volume", { tags: { "aws:mark": "x" } }), 1);
  assert.equal(bad("aws:new/thing:Thing", {}), 1);
});
