import { Eip } from "@pulumi/aws/ec2/index.js";
import { Listener, LoadBalancer, TargetGroup, TargetGroupAttachment } from "@pulumi/aws/lb/index.js";
import * as pulumi from "@pulumi/pulumi";
import type { Entrances } from "../../containers/host.ts";
import { PlainError } from "../../../lib/plainError.ts";
import { balancedPorts, passing, type Web } from "../cloud/host.ts";
import type { Ec2Subnet } from "./network.ts";

/** A machine that a balancer leads to. */
export interface Ec2Target {
  /** Names it. */
  machine: string;
  /** Id of the instance. */
  instance: pulumi.Input<string>;
  subnet: Ec2Subnet;
}

export interface Ec2BalancerArgs {
  vpc: pulumi.Input<string>;
  /** The stack's own first. */
  machines: readonly [Ec2Target, ...Ec2Target[]];
  /** What of the proxy is open to everyone. */
  web: Web;
  /** Keep the first zone's address when everything else is destroyed. */
  protectData: boolean;
}

/**
 * Seconds that a connection may be silent: nginx ends it after an hour, before the balancer would. AWS takes 60 to 6000
 * (https://docs.aws.amazon.com/elasticloadbalancing/latest/network/update-idle-timeout.html).
 */
const silence = 3660;

/**
 * A Network Load Balancer with an address in each zone where machines are. Machines see who asks, as it hands on
 * clients' addresses, and so their own security groups say who may: it has none
 * (https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html#client-ip-preservation).
 */
export class Ec2Balancer extends pulumi.ComponentResource {
  /** One in each zone, the first machine's first; known once it leads to all machines. */
  readonly addresses: Entrances;

  constructor(name: string, args: Ec2BalancerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:hosts:ec2:Balancer", name, {}, opts);
    const inside = { parent: this };
    const [{ subnet: own }, ...others] = args.machines;
    const further = [...new Set(others.map(({ subnet }) => subnet))].filter((subnet) => subnet !== own);
    const first = { subnet: own, eip: elasticIp(`${name}-${own.role}`, this, { protect: args.protectData }) };
    const more = further.map((subnet) => ({ subnet, eip: elasticIp(`${name}-${subnet.role}`, this) }));
    const zones = [first, ...more] as const;
    const distinct = pulumi.all(zones.map(({ subnet }) => subnet.availabilityZone)).apply(withoutTwice);
    const balancer = new LoadBalancer(
      name,
      {
        loadBalancerType: "network",
        internal: false,
        subnetMappings: zones.map(({ subnet, eip }) => ({
          subnetId: pulumi.all([subnet.subnet, distinct]).apply(([id]) => id),
          allocationId: eip.id,
        })),
        enableCrossZoneLoadBalancing: true,
        tags: { Name: name },
      },
      // A zone that goes makes another, and an address belongs to one at a time.
      { ...inside, deleteBeforeReplace: true },
    );
    const led = balancedPorts(args.web).map(({ role, port }) => {
      const { arn: targetGroupArn, targets } = targetGroup(`${name}-${role}`, port, args, this);
      const listener = new Listener(
        `${name}-${role}`,
        {
          loadBalancerArn: balancer.arn,
          port,
          protocol: "TCP",
          tcpIdleTimeoutSeconds: silence,
          defaultActions: [{ type: "forward", targetGroupArn }],
        },
        inside,
      );
      return [listener, ...targets];
    });
    const there = pulumi.all(led.flat().map(({ id }) => id));
    const known = ({ eip }: { eip: Eip }) => pulumi.all([eip.publicIp, there]).apply(([address]) => address);
    this.addresses = [known(first), ...more.map(known)];
    this.registerOutputs();
  }
}

/** The first zone's is kept as data is; all others go with their zones. */
function elasticIp(name: string, parent: pulumi.Resource, kept?: { protect: boolean }): Eip {
  const tags = { Name: name, ...(kept === undefined && passing) };
  return new Eip(name, { domain: "vpc", tags }, { parent, ...kept });
}

/** The machines as far as their proxies answer on 80, on this port of theirs. */
function targetGroup(
  name: string,
  port: number,
  { vpc, machines }: Ec2BalancerArgs,
  parent: pulumi.Resource,
): { arn: pulumi.Output<string>; targets: TargetGroupAttachment[] } {
  const inside = { parent };
  const group = new TargetGroup(
    name,
    {
      vpcId: vpc,
      port,
      protocol: "TCP",
      targetType: "instance",
      preserveClientIp: "true",
      // Seconds that a machine which leaves has for connections that it has.
      deregistrationDelay: 60,
      // The proxy answers nobody on 80 before it has started; whatever it answers then is the system's.
      healthCheck: { protocol: "TCP", port: "80", interval: 10, healthyThreshold: 2, unhealthyThreshold: 2 },
      tags: { Name: name },
    },
    inside,
  );
  const targets = machines.map(({ machine, instance: targetId }) => {
    const target = { targetGroupArn: group.arn, targetId };
    return new TargetGroupAttachment(`${name}-${machine}`, target, inside);
  });
  return { arn: group.arn, targets };
}

/** A balancer has one subnet in a zone. Throws what to do where it would have two. */
export function withoutTwice(zones: readonly string[]): readonly string[] {
  const twice = zones.find((zone, index) => zones.indexOf(zone) !== index);
  if (twice === undefined) return zones;
  throw new PlainError(
    `host.zones: must name the zones where host.loadBalancer is true and two of the machines' subnets are in one, got ${twice} twice`,
  );
}
