import assert from "node:assert/strict";
import { test } from "vitest";
import { inOurWords } from "../../../cli/failure/text.ts";
import { zoneId } from "../../../components/dns/google.ts";
import { explainCloudError } from "../../../components/hosts/explain.ts";

/** What a cloud says → the setting the answer is about, and what it must tell. */
const messages: [message: string, starts: string, tells: RegExp][] = [
  [
    "google: could not find default credentials. See https://cloud.google.com/docs/authentication/external/set-up-adc",
    "host: needs Google credentials, got none;",
    /gcloud auth application-default login/,
  ],
  [
    'oauth2: "invalid_grant" "reauth related error (invalid_rapt)"',
    "host: Google's credentials have expired;",
    /gcloud auth application-default login/,
  ],
  [
    "googleapi: Error 403: Compute Engine API has not been used in project 123 before or it is disabled. Enable it by visiting",
    "host.enableApis: must be true, or turn on Compute Engine API by hand;",
    /run again/,
  ],
  [
    "googleapi: Error 403: This API method requires billing to be enabled. Please enable billing on project #my-project",
    "host.project: must have a billing account;",
    /console\.cloud\.google\.com\/billing/,
  ],
  [
    "googleapi: Error 404: The resource 'projects/my-projekt' was not found, notFound",
    'host.project: must be a project you may use, got "my-projekt";',
    /gcloud projects list/,
  ],
  [
    "googleapi: Error 404: The resource 'projects/my-project/zones/europe-west9-x' was not found, notFound",
    'host.zone: must be a zone of Google Cloud, got "europe-west9-x";',
    /gcloud compute zones list/,
  ],
  [
    "Error: The resource 'projects/my-project/zones/europe-west12-a/acceleratorTypes/nvidia-l4' was not found",
    "host.zone: must be one that has nvidia-l4;",
    /accelerator-types list/,
  ],
  [
    "Error loading machine type: Machine type with name 'g2-standard-4' does not exist in zone 'europe-west12-a'",
    'host.machineType: must be one of the zone\'s, got "g2-standard-4";',
    /machine-types list/,
  ],
  [
    "Error waiting for instance to create: Quota 'GPUS_ALL_REGIONS' exceeded. Limit: 0.0 globally.",
    "host: the project has used up GPUS_ALL_REGIONS;",
    /iam-admin\/quotas/,
  ],
  [
    "The zone 'projects/p/zones/europe-west4-a' does not have enough resources available to fulfill the request. '(resource type:compute)'",
    "host.zone: has no such machine left for now;",
    /another zone/,
  ],
  [
    "Invalid value for field 'resource.networkInterfaces[0].accessConfigs[0].natIP': '34.1.2.3'. The specified external IP address '34.1.2.3' is already in use",
    "host.rebuild: must be raised",
    /new machine/,
  ],
  [
    "Cannot delete instance gce-vm-1: instance Deletion Protection is enabled. Set deletion_protection to false",
    "host.deletionProtection: must be false for one run",
    /deleted or rebuilt/,
  ],
  [
    "ERROR: (gcloud.compute.start-iap-tunnel) Error while connecting [4033: 'not authorized'].",
    "host.ssh.members:",
    /IAP-secured Tunnel User/,
  ],
  [
    "googleapi: Error 403: Required 'compute.networks.create' permission for 'projects/p/global/networks/n', forbidden",
    "host.project: must let you do compute.networks.create;",
    /docs\/hosts\/gce\.md/,
  ],
  ["/bin/sh: 1: gcloud: not found", "host: needs gcloud on this machine, got none;", /sdk\/docs\/install/],
  [
    "No valid credential sources found. Please see https://registry.terraform.io/providers/hashicorp/aws",
    "host: needs AWS credentials, got none;",
    /host\.profile/,
  ],
  [
    "failed to get shared config profile, prod",
    'host.profile: must be a profile of ~/.aws/config, got "prod";',
    /list-profiles/,
  ],
  [
    "api error ExpiredToken: The security token included in the request is expired",
    "host: AWS's credentials have expired;",
    /sso login/,
  ],
  [
    "api error InvalidClientTokenId: The security token included in the request is invalid.",
    "host: must use credentials that AWS knows;",
    /AWS_ACCESS_KEY_ID/,
  ],
  [
    "invalid AWS Region: eu-central-9",
    'host.region: must be a region your account uses, got "eu-central-9";',
    /describe-regions/,
  ],
  [
    "reading Route 53 Hosted Zone: no matching Route 53 Hosted Zone found",
    "host.dns.zone: must be a public zone of this account;",
    /host\.dns\.create/,
  ],
  [
    "Your query returned no results. Please change your search criteria and try again.",
    "host.image:",
    /describe-images/,
  ],
  [
    "api error Unsupported: Your requested instance type (g5.xlarge) is not supported in your requested Availability Zone (eu-central-1c).",
    "host.availabilityZone: must be one that has g5.xlarge;",
    /describe-instance-type-offerings/,
  ],
  [
    "api error VcpuLimitExceeded: You have requested more vCPU capacity than your current vCPU limit of 0",
    "host.instanceType:",
    /Service Quotas/,
  ],
  [
    "operation error Elastic Load Balancing v2: CreateLoadBalancer, api error TooManyLoadBalancers: The maximum number of load balancers has been reached",
    "host.loadBalancer: must be left out, because the account has all the load balancers it may;",
    /Service Quotas/,
  ],
  [
    "api error AddressLimitExceeded: The maximum number of addresses has been reached.",
    "host: the account has all the Elastic IPs it may;",
    /release one/,
  ],
  [
    "api error VpcLimitExceeded: The maximum number of VPCs has been reached.",
    "host.defaultVpc: must be true",
    /Service Quotas/,
  ],
  [
    "api error UnauthorizedOperation: You are not authorized to perform this operation. User: arn:aws:iam::1:user/u is not authorized to perform: ec2:RunInstances",
    "host: must have credentials that may do ec2:RunInstances;",
    /docs\/hosts\/ec2\.md/,
  ],
  [
    "SessionManagerPlugin is not found. Please refer to SessionManager Documentation",
    "host.ssh.by: ssm needs",
    /endpoint/,
  ],
  [
    "Invalid value for field 'region': 'europe-west99'. Unknown region., invalid",
    'host.zone: must be in a region of Google Cloud, got "europe-west99";',
    /zones list/,
  ],
  [
    "Invalid value for field 'zone': 'europe-west4-x'. Unknown zone., invalid",
    'host.zone: must be a zone of Google Cloud, got "europe-west4-x";',
    /zones list/,
  ],
  [
    "Invalid value for field 'resource.machineType': 'https://compute.googleapis.com/compute/v1/projects/p/zones/us-east1-b/machineTypes/c3-standard-4'. The referenced resource does not exist.",
    'host.machineType: must be one of the zone\'s, got "c3-standard-4";',
    /machine-types list/,
  ],
  [
    "api error InvalidParameterValue: Value (eu-central-1z) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: eu-central-1a.",
    'host.availabilityZone: must be one of the region\'s, got "eu-central-1z";',
    /describe-availability-zones/,
  ],
  [
    "api error InvalidZone.NotFound: The zone 'eu-central-1z' does not exist.",
    'host.availabilityZone: must be one of the region\'s, got "eu-central-1z";',
    /describe-availability-zones/,
  ],
  [
    "api error InvalidParameterValue: Invalid value 'm9i.large' for InstanceType.",
    'host.instanceType: must be one of the region\'s, got "m9i.large";',
    /describe-instance-type-offerings/,
  ],
  [
    "api error Unsupported: The requested configuration is currently not supported. Please check the documentation for supported configurations.",
    "host.instanceType: must be one of the region's;",
    /describe-instance-type-offerings/,
  ],
  ["sh: aws: command not found", "host: needs the AWS command line", /aws\.amazon\.com\/cli/],
];

for (const [message, starts, tells] of messages) {
  test(`"${message.slice(0, 60)}…" is answered with what to do`, () => {
    const words = explainCloudError(message) ?? "";
    assert.equal(words.slice(0, starts.length), starts);
    assert.match(words, tells);
  });
}

test("berth says first what to do, and then what the cloud said", () => {
  const quota =
    "Error waiting for instance to create: Quota 'CPUS' exceeded.  Limit: 8.0 in region europe-west4.";
  assert.equal(
    inOurWords(quota),
    "host: the project has used up CPUS; ask for more at https://console.cloud.google.com/iam-admin/quotas, or take " +
      `another region\n  (${quota})`,
  );
  assert.equal(inOurWords("services.api: failed"), "services.api: failed");
  for (const got of [
    "credentials that AWS refuses (ExpiredTokenException)",
    "no permission (AccessDenied)",
  ]) {
    const line = `secrets.app.KEY: must be readable in AWS Secrets Manager (one), got ${got}; log in anew`;
    assert.equal(inOurWords(line), line);
  }
});

test("a zone that Cloud DNS doesn't have is answered with those it has, and how to have it made", () => {
  const zones = [
    { dnsName: "example.net.", name: "net", visibility: "public" },
    { dnsName: "example.org.", name: "internal", visibility: "private" },
  ];
  assert.equal(zoneId(zones, "example.net", "my-project"), "net");
  assert.throws(() => zoneId(zones, "example.org", "my-project"), {
    message:
      'host.dns.zone: must be a public zone in project my-project (there: example.net), got "example.org"; ' +
      "set host.dns.create to true to have it made",
  });
});

test("what nobody knows is left as it is", () => {
  assert.equal(explainCloudError("Error: something else entirely"), undefined);
});
