/** Asks a service that takes forms; answers its XML. */
export type Ask = (service: string, name: string, fields?: Record<string, string>) => Promise<string>;

/** By what call a service tells of what it holds, and what its ids are called there. */
const lists: [service: string, name: string, id: string, fields?: Record<string, string>][] = [
  ["ec2", "DescribeVpcs", "vpcId"],
  ["ec2", "DescribeSubnets", "subnetId"],
  ["ec2", "DescribeSecurityGroups", "groupId"],
  ["ec2", "DescribeInternetGateways", "internetGatewayId"],
  ["ec2", "DescribeRouteTables", "routeTableId"],
  ["ec2", "DescribeNetworkInterfaces", "networkInterfaceId"],
  ["ec2", "DescribeVolumes", "volumeId"],
  ["ec2", "DescribeAddresses", "allocationId"],
  ["ec2", "DescribeFlowLogs", "flowLogId"],
  // AWS tells of machines that are gone for a while.
  [
    "ec2",
    "DescribeInstances",
    "instanceId",
    {
      "Filter.1.Name": "instance-state-name",
      "Filter.1.Value.1": "running",
      "Filter.1.Value.2": "stopped",
    },
  ],
  ["rds", "DescribeDBInstances", "DBInstanceIdentifier"],
  ["rds", "DescribeDBSubnetGroups", "DBSubnetGroupName"],
  ["s3", "ListBuckets", "Name"],
  ["iam", "ListRoles", "RoleName"],
  ["iam", "ListUsers", "UserName"],
  ["iam", "ListInstanceProfiles", "InstanceProfileName"],
  ["elasticloadbalancing", "DescribeLoadBalancers", "LoadBalancerArn"],
  ["elasticloadbalancing", "DescribeTargetGroups", "TargetGroupArn"],
  ["route53", "hostedzone", "Id"],
];

/** Ids of all that an account holds, as far as a machine's graph makes such things. */
export async function holdings(ask: Ask): Promise<string[]> {
  const found = await Promise.all(
    lists.map(async ([service, name, id, fields]) => {
      const answer = await ask(service, name, fields);
      return [...answer.matchAll(new RegExp(`<${id}>([^<]+)`, "g"))].map(([, value = ""]) => value);
    }),
  );
  return [...new Set(found.flat())];
}
