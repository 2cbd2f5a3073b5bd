import { SecurityGroup } from "@pulumi/aws/ec2/index.js";
import { SecurityGroupIngressRule } from "@pulumi/aws/vpc/index.js";
import * as pulumi from "@pulumi/pulumi";
import { swarmRules } from "./firewall.ts";

/**
 * The security group of a swarm's machines, beside each one's own: those that are in it reach each other on what a swarm
 * says to itself, and nobody else does.
 */
export class Ec2SwarmGroup extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;

  constructor(name: string, { vpc }: { vpc: pulumi.Input<string> }, opts?: pulumi.ComponentResourceOptions) {
    super("berth:hosts:ec2:SwarmGroup", name, {}, opts);
    const inside = { parent: this };
    const description = "Machines of a swarm made by Berth";
    const group = new SecurityGroup(name, { vpcId: vpc, description, tags: { Name: name } }, inside);
    for (const { role, ipProtocol, port } of swarmRules) {
      new SecurityGroupIngressRule(
        `${name}-${role}`,
        {
          securityGroupId: group.id,
          referencedSecurityGroupId: group.id,
          description: "Machines of one swarm, among themselves",
          ipProtocol,
          ...(port !== undefined && { fromPort: port, toPort: port }),
        },
        inside,
      );
    }
    this.id = group.id;
    this.registerOutputs();
  }
}
