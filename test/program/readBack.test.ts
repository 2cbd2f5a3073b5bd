import assert from "node:assert/strict";
import { test } from "vitest";
import { stackOn } from "./anyStack.ts";
import { publicKey } from "./cloudSettings.ts";
import type { Graph, Registered } from "./harness.ts";

/** What is wrong with a resource that a refresh would make another of; nothing where all is read back as written. */
type Trap = (resource: Registered, graph: Graph) => string[];

/** An argument whose value the vendor or something else changes later: its changes have to be ignored. */
const ignored =
  (...paths: string[]): Trap =>
  ({ options }) =>
    paths.filter((path) => !options.ignoreChanges.includes(path)).map((path) => `${path}: must be ignored`);

/** An argument that the vendor fills in, and that would be taken for a change if it were written. */
const absent =
  (...paths: string[]): Trap =>
  ({ inputs }) =>
    paths.filter((path) => inputs[path] !== undefined).map((path) => `${path}: must be left out`);

/** An argument that is read back in this form, whatever was written. */
const formed =
  (path: string, pattern: RegExp): Trap =>
  ({ inputs }) =>
    pattern.test(String(inputs[path]))
      ? []
      : [`${path}: must be ${pattern.source}, got ${String(inputs[path])}`];

/** A list that is read back as whole links. */
const links =
  (path: string): Trap =>
  ({ inputs }) =>
    (inputs[path] as string[]).flatMap((one) => (one.endsWith("-link") ? [] : [`${path}: must be links`]));

/** What Google tells of no backend that only counts connections. */
const ofBackends =
  (path: string): Trap =>
  ({ inputs }) =>
    (inputs.backends as Record<string, unknown>[]).flatMap((one) =>
      one[path] === undefined ? [] : [`backends.${path}: must be left out`],
    );

const nothing: Trap = () => [];

/** An Elastic IP makes `associatePublicIpAddress` true, and false would mean another machine. */
const publicAddress: Trap = (resource, graph) => {
  const given = graph
    .ofType("aws:ec2/eipAssociation:EipAssociation")
    .some(({ inputs }) => inputs.instanceId === `${resource.name}-id`);
  return given ? absent("associatePublicIpAddress")(resource, graph) : [];
};

/** All protocols have no ports; AWS answers without them. */
const allProtocols: Trap = (resource, graph) =>
  resource.inputs.ipProtocol === "-1" ? absent("fromPort", "toPort")(resource, graph) : [];

/** Growth by AWS is no change only below this limit (hashicorp/terraform-provider-aws internal/service/rds/instance.go). */
const growth: Trap = ({ inputs: { allocatedStorage, maxAllocatedStorage } }) =>
  Number(maxAllocatedStorage) > Number(allocatedStorage) ? [] : ["maxAllocatedStorage: must be larger"];

/**
 * Every type of resource that the clouds' hosts make, each looked at argument by argument against what its vendor's API
 * answers: defaults, order, case, computed values, ids and links. `nothing` says that no argument is a trap. A type that
 * isn't here hasn't been looked at.
 */
const looked: Record<string, Trap[]> = {
  "aws:cloudwatch/logGroup:LogGroup": [nothing],
  "aws:dlm/lifecyclePolicy:LifecyclePolicy": [nothing],
  // Throughput and IOPS are AWS's where they aren't written; so is a snapshot's id.
  "aws:ebs/volume:Volume": [absent("iops", "throughput", "snapshotId", "kmsKeyId")],
  // Empty lists are what closes it.
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": [nothing],
  // The association is a resource of its own.
  "aws:ec2/eip:Eip": [absent("instance", "networkInterface", "associateWithPrivateIp")],
  "aws:ec2/eipAssociation:EipAssociation": [absent("networkInterfaceId", "privateIpAddress", "publicIp")],
  "aws:ec2/flowLog:FlowLog": [nothing],
  "aws:ec2/instance:Instance": [
    publicAddress,
    ignored("ami", "userData", "userDataBase64"),
    // It would be terminated in spite of its protection.
    absent("forceDestroy"),
    // Volumes and groups are attached by resources of their own.
    absent("ebsBlockDevices", "securityGroups", "privateIp", "cpuCoreCount"),
  ],
  "aws:ec2/internetGateway:InternetGateway": [nothing],
  "aws:ec2/route:Route": [nothing],
  // A route is a resource of its own, and would be removed here.
  "aws:ec2/routeTable:RouteTable": [absent("routes")],
  "aws:ec2/routeTableAssociation:RouteTableAssociation": [nothing],
  // Rules are resources of their own, and would be removed here.
  "aws:ec2/securityGroup:SecurityGroup": [absent("ingress", "egress")],
  // The first zone of a region may be another later.
  "aws:ec2/subnet:Subnet": [ignored("availabilityZone")],
  "aws:ec2/volumeAttachment:VolumeAttachment": [nothing],
  "aws:ec2/vpc:Vpc": [nothing],
  "aws:ec2transitgateway/instanceConnectEndpoint:InstanceConnectEndpoint": [nothing],
  "aws:iam/accessKey:AccessKey": [nothing],
  "aws:iam/instanceProfile:InstanceProfile": [nothing],
  // What is attached is a resource of its own, and would be removed here.
  "aws:iam/role:Role": [absent("managedPolicyArns", "inlinePolicies")],
  "aws:iam/rolePolicy:RolePolicy": [nothing],
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": [nothing],
  "aws:iam/user:User": [nothing],
  "aws:iam/userPolicy:UserPolicy": [nothing],
  // AWS answers with the minor version, of which the major is a prefix: no change.
  // One target group alone is no map of weights.
  "aws:lb/listener:Listener": [absent("certificateArn", "sslPolicy", "alpnPolicy", "tags")],
  // AWS gives private addresses, and a network balancer has no groups unless it is made with some.
  "aws:lb/loadBalancer:LoadBalancer": [
    formed("loadBalancerType", /^network$/),
    absent("subnets", "securityGroups", "ipAddressType", "idleTimeout"),
  ],
  // Text, where others are flags.
  "aws:lb/targetGroup:TargetGroup": [
    formed("preserveClientIp", /^true$/),
    absent("stickiness", "ipAddressType", "loadBalancingAlgorithmType", "protocolVersion"),
  ],
  "aws:lb/targetGroupAttachment:TargetGroupAttachment": [absent("port", "availabilityZone")],
  "aws:rds/instance:Instance": [
    growth,
    formed("engineVersion", /^\d+$/),
    absent("iops", "storageThroughput"),
  ],
  "aws:rds/parameterGroup:ParameterGroup": [nothing],
  "aws:rds/subnetGroup:SubnetGroup": [nothing],
  // Route 53 answers in lower case and without the last dot.
  "aws:route53/record:Record": [formed("name", /^[a-z0-9.-]*[a-z0-9]$/)],
  "aws:route53/zone:Zone": [formed("name", /^[a-z0-9.-]*[a-z0-9]$/)],
  // Versions, lifecycle and policy are resources of their own.
  "aws:s3/bucket:Bucket": [absent("versioning", "lifecycleRules", "policy", "acl")],
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": [nothing],
  "aws:s3/bucketPolicy:BucketPolicy": [nothing],
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": [nothing],
  "aws:s3/bucketVersioning:BucketVersioning": [nothing],
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": [allProtocols],
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": [allProtocols],
  "gcp:compute/address:Address": [formed("networkTier", /^PREMIUM$/), formed("addressType", /^[A-Z]+$/)],
  // Ids and links are compared by their last parts.
  "gcp:compute/attachedDisk:AttachedDisk": [nothing],
  "gcp:compute/disk:Disk": [
    absent("provisionedIops", "provisionedThroughput", "physicalBlockSizeBytes", "snapshot"),
  ],
  "gcp:compute/diskResourcePolicyAttachment:DiskResourcePolicyAttachment": [nothing],
  "gcp:compute/firewall:Firewall": [absent("destinationRanges")],
  // One port is told as a range, and an address as a number.
  "gcp:compute/forwardingRule:ForwardingRule": [
    formed("portRange", /^(\d+)-\1$/),
    formed("ipAddress", /^[\d.]+$/),
    formed("backendService", /-link$/),
    absent("ports", "allPorts", "network", "subnetwork"),
  ],
  "gcp:compute/globalAddress:GlobalAddress": [absent("address")],
  // A family stands for one image now and for another later; the data disk is attached by a resource of its own.
  "gcp:compute/instance:Instance": [
    ignored('metadata["user-data"]', "bootDisk.initializeParams", "attachedDisks"),
    absent("minCpuPlatform", "reservationAffinity"),
  ],
  // Told by whole links, and with the network of its machines.
  "gcp:compute/instanceGroup:InstanceGroup": [links("instances"), absent("network", "namedPorts")],
  "gcp:compute/network:Network": [absent("mtu")],
  // What a passthrough balancer has no use for is Google's to fill in.
  "gcp:compute/regionBackendService:RegionBackendService": [
    formed("healthChecks", /-link$/),
    absent("portName", "timeoutSec", "sessionAffinity", "localityLbPolicy", "network"),
    ...["capacityScaler", "maxUtilization"].map(ofBackends),
  ],
  "gcp:compute/regionHealthCheck:RegionHealthCheck": [absent("logConfig")],
  // On the hour, in two digits.
  "gcp:compute/resourcePolicy:ResourcePolicy": [nothing],
  "gcp:compute/subnetwork:Subnetwork": [absent("purpose", "stackType")],
  // Google answers with the last dot.
  "gcp:dns/managedZone:ManagedZone": [formed("dnsName", /\.$/)],
  "gcp:dns/recordSet:RecordSet": [formed("name", /\.$/)],
  "gcp:iap/tunnelInstanceIAMMember:TunnelInstanceIAMMember": [nothing],
  "gcp:projects/iAMMember:IAMMember": [formed("member", /^serviceAccount:[^A-Z]+$/)],
  "gcp:projects/service:Service": [nothing],
  "gcp:serviceaccount/account:Account": [nothing],
  "gcp:servicenetworking/connection:Connection": [nothing],
  "gcp:sql/database:Database": [absent("charset", "collation")],
  // Google grows the disk; back to what was written would be another database.
  "gcp:sql/databaseInstance:DatabaseInstance": [ignored("settings.diskSize")],
  "gcp:sql/user:User": [nothing],
  // In capitals.
  "gcp:storage/bucket:Bucket": [formed("location", /^[A-Z0-9-]+$/), absent("rpo", "softDeletePolicy")],
  "gcp:storage/bucketIAMMember:BucketIAMMember": [nothing],
  "gcp:storage/hmacKey:HmacKey": [nothing],
};

const managed = { postgres: "managed", minio: "managed" };
const domain = "app.example.org";
const zone = { zone: "example.org", create: true };

const balanced = {
  "a load balancer of gce": await stackOn("gce", "loc8", { host: { machines: 3, loadBalancer: true } }),
  "a load balancer of ec2": await stackOn("ec2", "loc8", {
    host: { machines: 3, loadBalancer: true, zones: ["eu-central-1a", "eu-central-1b"] },
  }),
};

const graphs: Record<string, Graph> = {
  "everything that gce can make": await stackOn("gce", "arv", {
    domain,
    external: managed,
    host: {
      dns: zone,
      gpu: "nvidia-l4",
      ssh: { publicKeys: [publicKey], members: ["user:you@example.org"] },
    },
  }),
  "everything that ec2 can make": await stackOn("ec2", "arv", {
    domain,
    external: managed,
    host: { dns: zone },
  }),
  ...balanced,
  "ec2 in the default network": await stackOn("ec2", "loc8", { host: { defaultVpc: true } }),
};

const clouds = /^(?:aws|gcp):/;
const made = (graph: Graph) => graph.resources.filter(({ type }) => clouds.test(type));

for (const [name, graph] of Object.entries(graphs)) {
  test(`${name}: a refresh finds what was written`, () => {
    const found = made(graph).flatMap((resource) =>
      (looked[resource.type] ?? [() => ["must be looked at"]]).flatMap((trap) =>
        trap(resource, graph).map((problem) => `${resource.type} ${resource.name}: ${problem}`),
      ),
    );
    assert.deepEqual(found, []);
  });
}

test("every type that was looked at is one that is made", () => {
  const types = new Set(Object.values(graphs).flatMap((graph) => made(graph).map(({ type }) => type)));
  assert.deepEqual(
    Object.keys(looked).filter((type) => !types.has(type)),
    [],
  );
});
