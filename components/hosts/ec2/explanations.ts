import { got, type Explanation } from "../explanation.ts";

const quotas = "ask for more in AWS's Service Quotas";

/** What AWS's APIs and command line say, most particular first. */
export const amazon: readonly Explanation[] = [
  [
    /No valid credential sources? found|no EC2 IMDS role found|Unable to locate credentials/i,
    "host: needs AWS credentials, got none; run aws configure sso, or set host.profile",
  ],
  [
    /failed to get shared config profile, (\S+)|config profile \((\S+)\) could not be found/i,
    (profile) =>
      `host.profile: must be a profile of ~/.aws/config${got(profile)}; aws configure list-profiles prints them`,
  ],
  [
    /ExpiredToken|security token included in the request is expired|SSO session.*(?:expired|invalid)|Token has expired/i,
    "host: AWS's credentials have expired; run aws sso login",
  ],
  [
    /InvalidClientTokenId|security token included in the request is invalid|SignatureDoesNotMatch/,
    "host: must use credentials that AWS knows; check AWS_ACCESS_KEY_ID, or host.profile",
  ],
  [
    /Invalid AWS Region: ([a-z0-9-]+)|lookup [a-z0-9-]+\.([a-z]{2,4}(?:-[a-z]+)+-\d)\.[a-z.-]+[^\n]*: no such host|OptInRequired|region .* is (?:disabled|not enabled)/i,
    (region) =>
      `host.region: must be a region your account uses${got(region)}; aws ec2 describe-regions prints them`,
  ],
  [
    /no matching (?:EC2 )?Route ?53 ?(?:Hosted ?)?Zone/i,
    "host.dns.zone: must be a public zone of this account; aws route53 list-hosted-zones prints them, or set host.dns.create to true",
  ],
  [
    /Your query returned no results|InvalidAMIID/,
    "host.image: must name an image of the region; aws ec2 describe-images prints an owner's",
  ],
  [
    /Value \(([a-z0-9-]+)\) for parameter availabilityZone is invalid|InvalidZone(?:\.NotFound: The zone '([a-z0-9-]+)')?|no matching EC2 Subnet found/i,
    (zone) =>
      `host.availabilityZone: must be one of the region's${got(zone)}; aws ec2 describe-availability-zones prints them`,
  ],
  [
    /Invalid value '([a-z0-9.-]+)' for InstanceType|InvalidInstanceType|requested configuration is currently not supported/i,
    (type) =>
      `host.instanceType: must be one of the region's${got(type)}; aws ec2 describe-instance-type-offerings prints them`,
  ],
  [
    /instance type \(([a-z0-9.-]+)\) is not supported in your requested Availability Zone/i,
    (type = "the instance type") =>
      `host.availabilityZone: must be one that has ${type}; aws ec2 describe-instance-type-offerings ` +
      "--location-type availability-zone prints which do",
  ],
  [
    /InsufficientInstanceCapacity/,
    "host.availabilityZone: has no such machine left for now; run again later, or take another zone or instanceType",
  ],
  [
    /VcpuLimitExceeded|InstanceLimitExceeded/,
    `host.instanceType: the account may have no more of this family (of GPU types none at first); ${quotas}, or take another`,
  ],
  [/AddressLimitExceeded/, `host: the account has all the Elastic IPs it may; release one, or ${quotas}`],
  [
    /TooManyLoadBalancers/,
    `host.loadBalancer: must be left out, because the account has all the load balancers it may; or ${quotas}`,
  ],
  [
    /VpcLimitExceeded/,
    `host.defaultVpc: must be true, because the account has all the VPCs it may; or ${quotas}`,
  ],
  [
    /InstanceConnectEndpoint\w*LimitExceeded|limit .*instance connect endpoint/i,
    `host.ssh.by: must be ssm or address, because the account has all the endpoints it may; or ${quotas}`,
  ],
  [
    /disableApiTermination/,
    "host.deletionProtection: must be false for one run before the machine can be terminated or rebuilt",
  ],
  [
    /(?:UnauthorizedOperation|AccessDenied)[\s\S]*?perform:? ([a-z0-9-]+:[A-Za-z]+)|UnauthorizedOperation|AccessDenied/,
    (action = "what the message names") =>
      `host: must have credentials that may do ${action}; ask for the policies in docs/hosts/ec2.md`,
  ],
  [
    /SessionManagerPlugin is not found/i,
    "host.ssh.by: ssm needs the Session Manager plugin on this machine, got none; install it, or set endpoint",
  ],
  [
    /\baws: (?:command )?not found|exec: "?aws\b/i,
    "host: needs the AWS command line, version 2, on this machine, got none; see https://aws.amazon.com/cli",
  ],
];
