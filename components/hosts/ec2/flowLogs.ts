import { LogGroup } from "@pulumi/aws/cloudwatch/index.js";
import { FlowLog } from "@pulumi/aws/ec2/index.js";
import { Role, RolePolicy } from "@pulumi/aws/iam/index.js";
import * as pulumi from "@pulumi/pulumi";
import { allow, trust } from "./policy.ts";

/** Who talked to whom in a VPC, kept for 14 days. */
export class Ec2FlowLogs extends pulumi.ComponentResource {
  constructor(name: string, args: { vpc: pulumi.Input<string> }, opts?: pulumi.ComponentResourceOptions) {
    super("berth:hosts:ec2:FlowLogs", name, {}, opts);
    const inside = { parent: this };
    const group = new LogGroup(name, { retentionInDays: 14 }, inside);
    const role = new Role(name, { assumeRolePolicy: trust("vpc-flow-logs.amazonaws.com") }, inside);
    const actions = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"];
    const policy = group.arn.apply((arn) => allow(actions, [arn, `${arn}:*`]));
    new RolePolicy(name, { role: role.id, policy }, inside);
    new FlowLog(
      name,
      {
        vpcId: args.vpc,
        trafficType: "ALL",
        logDestinationType: "cloud-watch-logs",
        logDestination: group.arn,
        iamRoleArn: role.arn,
      },
      inside,
    );
    this.registerOutputs();
  }
}
