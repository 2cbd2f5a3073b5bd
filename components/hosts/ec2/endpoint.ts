import { SecurityGroup } from "@pulumi/aws/ec2/index.js";
import { InstanceConnectEndpoint } from "@pulumi/aws/ec2transitgateway/index.js";
import { SecurityGroupEgressRule, SecurityGroupIngressRule } from "@pulumi/aws/vpc/index.js";
import * as pulumi from "@pulumi/pulumi";
import type { Ec2Network } from "./network.ts";

const ssh = { ipProtocol: "tcp", fromPort: 22, toPort: 22 };

/**
 * A way in for ssh that AWS guards with its own credentials: it reaches port 22 of the machines it is given, and
 * nothing else. A VPC may have one.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/connect-with-ec2-instance-connect-endpoint.html
 */
export class Ec2Endpoint extends pulumi.ComponentResource {
  readonly #group: SecurityGroup;

  constructor(name: string, args: { network: Ec2Network }, opts?: pulumi.ComponentResourceOptions) {
    super("berth:hosts:ec2:Endpoint", name, {}, opts);
    const inside = { parent: this };
    const { network } = args;
    const description = "An EC2 Instance Connect Endpoint made by Berth";
    const group = new SecurityGroup(name, { vpcId: network.vpc, description, tags: { Name: name } }, inside);
    new InstanceConnectEndpoint(
      name,
      {
        subnetId: network.subnet,
        securityGroupIds: [group.id],
        preserveClientIp: false,
        tags: { Name: name },
      },
      inside,
    );
    this.#group = group;
    this.registerOutputs();
  }

  /** Lets people through to a machine of this security group. */
  admitTo(name: string, machine: pulumi.Input<string>, opts: pulumi.CustomResourceOptions): void {
    const endpoint = this.#group.id;
    const egress = { securityGroupId: endpoint, referencedSecurityGroupId: machine };
    const ingress = { securityGroupId: machine, referencedSecurityGroupId: endpoint };
    new SecurityGroupEgressRule(
      `${name}-endpoint-out`,
      { ...ssh, ...egress, description: "ssh to the machine alone" },
      opts,
    );
    new SecurityGroupIngressRule(
      `${name}-endpoint-in`,
      { ...ssh, ...ingress, description: "ssh from the endpoint alone" },
      opts,
    );
  }
}
