import { Eip, EipAssociation, Instance, SecurityGroup, VolumeAttachment } from "@pulumi/aws/ec2/index.js";
import { SecurityGroupEgressRule, SecurityGroupIngressRule } from "@pulumi/aws/vpc/index.js";
import * as pulumi from "@pulumi/pulumi";
import { Ec2DataDisk } from "./dataDisk.ts";
import type { Ec2Endpoint } from "./endpoint.ts";
import { ingressRules } from "./firewall.ts";
import { passing, type Web } from "../cloud/host.ts";
import { Ec2Identity } from "./identity.ts";
import { instanceArgs } from "./instanceArgs.ts";
import type { Ec2Network, Ec2Subnet } from "./network.ts";
import { compressed } from "./userData.ts";

export interface Ec2MachineArgs {
  region: string;
  instanceType: string;
  /** Id of the machine image. */
  image: pulumi.Input<string>;
  /** GB of the root volume. */
  systemDisk: number;
  /** GB. @default it has no disk for data */
  dataDisk?: { size: number };
  snapshotDays: number;
  deletionProtection: boolean;
  /** Another number makes another machine. */
  rebuild: number;
  network: Ec2Network;
  /** Where in the network it is. @default the network's first subnet */
  subnet?: Ec2Subnet;
  /** Security groups that it is in beside its own. @default none */
  groups?: pulumi.Input<string>[];
  /** CIDR blocks from which ssh is open. */
  allowFrom: readonly string[];
  /** The endpoint through which runs get in, where they use one. */
  endpoint?: Ec2Endpoint;
  /** What of the proxy is open to everyone; where anything is, it has an address that stays. */
  web: Web;
  /** Its address goes with it, whatever is kept of others. @default false */
  passing?: boolean;
  /** User-data of a machine whose data disk is this device, or that has none. */
  userData: (dataDevice?: string) => string;
  /** Whether it pulls images of ECR as itself. */
  images: boolean;
  /** Keep disk and address when everything else is destroyed. */
  protectData: boolean;
}

/**
 * A machine, its identity, its security group, its address and its data. A new machine is made before the old one
 * goes, so that what it holds can follow; the address and the data disk change hands in between.
 */
export class Ec2Machine extends pulumi.ComponentResource {
  readonly instance: Instance;
  /** The Elastic IP, else the address inside the network. */
  readonly address: pulumi.Output<string>;
  readonly securityGroup: pulumi.Output<string>;
  /** The device of its data disk; absent where it has none. */
  readonly dataDevice?: pulumi.Output<string>;

  constructor(name: string, args: Ec2MachineArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:hosts:ec2:Machine", name, {}, opts);
    const { network, dataDisk, groups = [] } = args;
    const { subnet, availabilityZone } = args.subnet ?? network;
    const inside = { parent: this };
    const group = securityGroup(name, args, this);
    const identity = new Ec2Identity(name, args, inside);
    const data =
      dataDisk && new Ec2DataDisk(`${name}-data`, { ...args, ...dataDisk, availabilityZone }, inside);
    const userData = (device?: string) => compressed(args.userData(device));
    const spec = {
      ...args,
      subnet,
      securityGroups: [group.id, ...groups],
      profile: identity.profile,
      web: args.web !== "closed",
      userDataBase64: data ? data.device.apply(userData) : userData(),
    };
    this.instance = new Instance(name, instanceArgs(name, spec), {
      ...inside,
      replacementTrigger: args.rebuild,
      // A newer image or user data is for the next machine; it must not throw away or restart a running one.
      ignoreChanges: ["ami", "userData", "userDataBase64"],
    });
    if (data)
      new VolumeAttachment(
        `${name}-data`,
        // A stopped machine has written all its data.
        {
          instanceId: this.instance.id,
          volumeId: data.id,
          deviceName: "/dev/sdf",
          stopInstanceBeforeDetaching: true,
        },
        // A volume is attached to one machine at a time.
        { ...inside, deleteBeforeReplace: true },
      );
    this.address =
      args.web !== "closed" ? elasticIp(name, this.instance, args, this) : this.instance.privateIp;
    this.securityGroup = group.id;
    this.dataDevice = data?.device;
    this.registerOutputs();
  }
}

function securityGroup(name: string, args: Ec2MachineArgs, parent: pulumi.Resource): SecurityGroup {
  const inside = { parent };
  const { network } = args;
  const description = "A machine made by Berth";
  const group = new SecurityGroup(name, { vpcId: network.vpc, description, tags: { Name: name } }, inside);
  for (const { role, port, ...rule } of ingressRules(args)) {
    new SecurityGroupIngressRule(
      `${name}-${role}`,
      { ...rule, securityGroupId: group.id, ipProtocol: "tcp", fromPort: port, toPort: port },
      inside,
    );
  }
  new SecurityGroupEgressRule(
    `${name}-out`,
    {
      securityGroupId: group.id,
      description: "Anything the machine asks for",
      ipProtocol: "-1",
      cidrIpv4: "0.0.0.0/0",
    },
    inside,
  );
  args.endpoint?.admitTo(name, group.id, inside);
  return group;
}

function elasticIp(
  name: string,
  instance: Instance,
  { protectData: protect, passing: goes = false }: Pick<Ec2MachineArgs, "protectData" | "passing">,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const tags = { Name: name, ...(goes && passing) };
  const eip = new Eip(name, { domain: "vpc", tags }, { parent, protect });
  const given = new EipAssociation(
    name,
    { instanceId: instance.id, allocationId: eip.id, allowReassociation: true },
    { parent },
  );
  // Known once the machine answers there.
  return pulumi.all([eip.publicIp, given.id]).apply(([address]) => address);
}
