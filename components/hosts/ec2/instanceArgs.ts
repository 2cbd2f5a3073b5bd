import type { InstanceArgs } from "@pulumi/aws/ec2/index.js";
import type { Input } from "@pulumi/pulumi";

export interface Ec2InstanceSpec {
  image: Input<string>;
  instanceType: string;
  /** GB of the root volume. */
  systemDisk: number;
  deletionProtection: boolean;
  subnet: Input<string>;
  securityGroups: Input<string>[];
  /** Name of its instance profile. */
  profile: Input<string>;
  /** Whether it has an Elastic IP; without one it has a passing address, for what it fetches itself. */
  web: boolean;
  /** Compressed, in base64. */
  userDataBase64: Input<string>;
}

/** A machine that is what CIS and AWS recommend: IMDSv2 one hop far, encrypted, monitored, protected. */
export function instanceArgs(name: string, spec: Ec2InstanceSpec): InstanceArgs {
  return {
    ami: spec.image,
    instanceType: spec.instanceType,
    subnetId: spec.subnet,
    vpcSecurityGroupIds: spec.securityGroups,
    // With an Elastic IP attached, AWS tells of a public address: `false` would make another machine after any refresh.
    associatePublicIpAddress: spec.web ? undefined : true,
    iamInstanceProfile: spec.profile,
    metadataOptions: {
      httpEndpoint: "enabled",
      httpTokens: "required",
      // A container is one hop further than the machine.
      httpPutResponseHopLimit: 1,
      httpProtocolIpv6: "disabled",
    },
    rootBlockDevice: {
      encrypted: true,
      volumeType: "gp3",
      volumeSize: spec.systemDisk,
      deleteOnTermination: true,
    },
    ebsOptimized: true,
    monitoring: true,
    disableApiTermination: spec.deletionProtection,
    userDataBase64: spec.userDataBase64,
    tags: { Name: name },
  };
}
