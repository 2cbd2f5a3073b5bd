import { InstanceProfile, Role, RolePolicyAttachment } from "@pulumi/aws/iam/index.js";
import * as pulumi from "@pulumi/pulumi";
import { awsPolicy } from "./partition.ts";
import { trust } from "./policy.ts";

export interface Ec2IdentityArgs {
  region: string;
  /** Whether it pulls images of ECR as itself. */
  images: boolean;
}

/** Who a machine is: a role that Session Manager needs, that may read images where it pulls some, and nothing else. */
export class Ec2Identity extends pulumi.ComponentResource {
  readonly profile: pulumi.Output<string>;

  constructor(name: string, args: Ec2IdentityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:hosts:ec2:Identity", name, {}, opts);
    const inside = { parent: this };
    const role = new Role(name, { assumeRolePolicy: trust("ec2.amazonaws.com") }, inside);
    const policyArn = awsPolicy(args.region, "AmazonSSMManagedInstanceCore");
    new RolePolicyAttachment(name, { role: role.name, policyArn }, inside);
    if (args.images) {
      const reader = awsPolicy(args.region, "AmazonEC2ContainerRegistryReadOnly");
      new RolePolicyAttachment(`${name}-images`, { role: role.name, policyArn: reader }, inside);
    }
    this.profile = new InstanceProfile(name, { role: role.name }, inside).name;
    this.registerOutputs();
  }
}
