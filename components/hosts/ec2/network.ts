import {
  DefaultSecurityGroup,
  getSubnetOutput,
  getSubnetsOutput,
  getVpcOutput,
  InternetGateway,
  Route,
  RouteTable,
  RouteTableAssociation,
  Subnet,
  type SubnetArgs,
  Vpc,
} from "@pulumi/aws/ec2/index.js";
import { getAvailabilityZonesOutput } from "@pulumi/aws/getAvailabilityZones.js";
import { SecurityGroupIngressRule } from "@pulumi/aws/vpc/index.js";
import * as pulumi from "@pulumi/pulumi";
import { inTurn } from "../cloud/zones.ts";
import { Ec2FlowLogs } from "./flowLogs.ts";

/** A public subnet, which is in one availability zone. */
export interface Ec2Subnet {
  /** Names it among the network's: by its zone where a setting does, else by its place, `1` the first's. */
  readonly role: string;
  readonly subnet: pulumi.Output<string>;
  readonly availabilityZone: pulumi.Output<string>;
}

/** A network with one public subnet, and more where a swarm's machines are. */
export interface Ec2Network extends Ec2Subnet {
  readonly vpc: pulumi.Output<string>;
  /** The network's addresses, as CIDR. */
  readonly cidr: string;
  /** Ids of subnets in two availability zones, for a database; made when they are asked for. */
  databaseSubnets(name: string, opts: pulumi.ComponentResourceOptions): pulumi.Output<string[]>;
  /** A subnet for a machine that may be in another zone than the first; made when it is asked for. */
  subnetFor(where: Ec2Place): Ec2Subnet;
}

/** Where a machine of a swarm is to be. */
export interface Ec2Place {
  /** Of machines without a zone, each place has the next one of the region: at most three, the first's among them. */
  place: number;
  availabilityZone?: string;
}

/** Zones of a region over which machines go that are told none. */
const spread = 3;

export interface Ec2NetworkArgs {
  /** @default the first of the region */
  availabilityZone?: string;
}

const cidr = "10.20.0.0/20";

const firstRole = "1";

/** A VPC of the stack's own: logged, its default security group closed, one public subnet. */
export class OwnNetwork extends pulumi.ComponentResource implements Ec2Network {
  readonly vpc: pulumi.Output<string>;
  readonly subnet: pulumi.Output<string>;
  readonly availabilityZone: pulumi.Output<string>;
  readonly cidr = cidr;
  readonly role = firstRole;
  readonly #name: string;
  readonly #zone: string | undefined;
  readonly #ready: pulumi.Output<unknown>;
  readonly #table: pulumi.Output<string>;
  readonly #subnets = new Map<string, Ec2Subnet>();

  constructor(name: string, args: Ec2NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:hosts:ec2:Network", name, {}, opts);
    const inside = { parent: this };
    const tags = { Name: name };
    const zone = args.availabilityZone ?? firstZone(this);
    const vpc = new Vpc(
      name,
      { cidrBlock: cidr, enableDnsHostnames: true, enableDnsSupport: true, tags },
      inside,
    );
    new DefaultSecurityGroup(name, { vpcId: vpc.id, ingress: [], egress: [], tags }, inside);
    new Ec2FlowLogs(`${name}-flow-logs`, { vpc: vpc.id }, inside);
    const gateway = new InternetGateway(name, { vpcId: vpc.id, tags }, inside);
    const subnet = new Subnet(
      name,
      { vpcId: vpc.id, cidrBlock: "10.20.0.0/24", availabilityZone: zone, mapPublicIpOnLaunch: false, tags },
      // A region that grows a zone must not move a running machine.
      { ...inside, ignoreChanges: ["availabilityZone"] },
    );
    const table = new RouteTable(name, { vpcId: vpc.id, tags }, inside);
    const route = { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", gatewayId: gateway.id };
    const out = new Route(name, route, inside);
    const joined = new RouteTableAssociation(name, { subnetId: subnet.id, routeTableId: table.id }, inside);
    this.vpc = vpc.id;
    // Known once machines in it reach the internet.
    this.subnet = pulumi.all([subnet.id, out.id, joined.id]).apply(([id]) => id);
    this.availabilityZone = subnet.availabilityZone;
    this.#name = name;
    this.#zone = args.availabilityZone;
    this.#ready = out.id;
    this.#table = table.id;
    this.registerOutputs();
  }

  subnetFor({ place, availabilityZone }: Ec2Place): Ec2Subnet {
    const index = place % spread;
    if (availabilityZone === undefined ? index === 0 : availabilityZone === this.#zone) return this;
    const role = availabilityZone ?? String(index + 1);
    const known = this.#subnets.get(role);
    if (known !== undefined) return known;
    const made = this.#anotherSubnet(role, {
      cidrBlock: availabilityZone === undefined ? placeBlocks[index - 1] : zoneBlock(availabilityZone),
      availabilityZone: availabilityZone ?? zoneAfter(this.availabilityZone, index, this),
    });
    this.#subnets.set(role, made);
    return made;
  }

  #anotherSubnet(role: string, where: Pick<SubnetArgs, "cidrBlock" | "availabilityZone">): Ec2Subnet {
    const inside = { parent: this };
    const name = `${this.#name}-${role}`;
    const subnet = new Subnet(
      name,
      { vpcId: this.vpc, ...where, mapPublicIpOnLaunch: false, tags: { Name: name } },
      // As for the first.
      { ...inside, ignoreChanges: ["availabilityZone"] },
    );
    const joined = new RouteTableAssociation(
      name,
      { subnetId: subnet.id, routeTableId: this.#table },
      inside,
    );
    const ready = pulumi.all([subnet.id, this.#ready, joined.id]).apply(([id]) => id);
    return { role, subnet: ready, availabilityZone: subnet.availabilityZone };
  }

  databaseSubnets(name: string, opts: pulumi.ComponentResourceOptions): pulumi.Output<string[]> {
    const zones = getAvailabilityZonesOutput(usableZones, { parent: this }).names;
    const subnets = ["10.20.2.0/24", "10.20.3.0/24"].map((cidrBlock, index) => {
      const availabilityZone = zones.apply((names) => names[index] ?? "");
      const place = { vpcId: this.vpc, cidrBlock, availabilityZone, tags: { Name: `${name}-${index + 1}` } };
      return new Subnet(`${name}-${index + 1}`, place, { ...opts, ignoreChanges: ["availabilityZone"] });
    });
    return pulumi.all(subnets.map(({ id }) => id));
  }
}

/** The account's default VPC, for accounts that may make no other. */
export class DefaultNetwork extends pulumi.ComponentResource implements Ec2Network {
  readonly vpc: pulumi.Output<string>;
  readonly subnet: pulumi.Output<string>;
  readonly availabilityZone: pulumi.Output<string>;
  /** The same in every account: https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc.html */
  readonly cidr = "172.31.0.0/16";
  readonly role = firstRole;
  readonly #zone: string | undefined;
  readonly #subnets = new Map<string, Ec2Subnet>();

  constructor(name: string, args: Ec2NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:hosts:ec2:DefaultNetwork", name, {}, opts);
    const inside = { parent: this };
    const zone = args.availabilityZone ?? firstZone(this);
    this.vpc = getVpcOutput({ default: true }, inside).id;
    this.#zone = args.availabilityZone;
    const { subnet, availabilityZone } = this.#subnetIn(this.role, zone);
    this.subnet = subnet;
    this.availabilityZone = availabilityZone;
    this.registerOutputs();
  }

  subnetFor({ place, availabilityZone }: Ec2Place): Ec2Subnet {
    const index = place % spread;
    if (availabilityZone === undefined ? index === 0 : availabilityZone === this.#zone) return this;
    const role = availabilityZone ?? String(index + 1);
    const known = this.#subnets.get(role);
    if (known !== undefined) return known;
    const found = this.#subnetIn(role, availabilityZone ?? zoneAfter(this.availabilityZone, index, this));
    this.#subnets.set(role, found);
    return found;
  }

  #subnetIn(role: string, availabilityZone: pulumi.Input<string>): Ec2Subnet {
    const wanted = { vpcId: this.vpc, defaultForAz: true, availabilityZone };
    const subnet = getSubnetOutput(wanted, { parent: this });
    return { role, subnet: subnet.id, availabilityZone: subnet.availabilityZone };
  }

  databaseSubnets(_name: string, opts: pulumi.ComponentResourceOptions): pulumi.Output<string[]> {
    const filters = [
      { name: "vpc-id", values: [this.vpc] },
      { name: "default-for-az", values: ["true"] },
    ];
    return getSubnetsOutput({ filters }, opts).ids;
  }
}

export interface Ec2NeighbourRuleArgs {
  /** Id of the security group whose machine lets in. */
  target: pulumi.Input<string>;
  /** Id of the security group whose machine comes in. */
  source: pulumi.Input<string>;
  port: number;
}

/** One machine of the stack may reach another, by its security group and on this TCP port alone. */
export function ec2NeighbourRule(
  name: string,
  args: Ec2NeighbourRuleArgs,
  opts: pulumi.CustomResourceOptions,
): void {
  const { target, source, port } = args;
  new SecurityGroupIngressRule(
    name,
    {
      securityGroupId: target,
      referencedSecurityGroupId: source,
      description: "Another machine of the stack",
      ipProtocol: "tcp",
      fromPort: port,
      toPort: port,
    },
    opts,
  );
}

const usableZones = {
  state: "available",
  // Neither local zones nor what the account hasn't asked for.
  filters: [{ name: "opt-in-status", values: ["opt-in-not-required"] }],
};

/** Of what the first subnet and a database's leave of the network. */
const placeBlocks = ["10.20.1.0/24", "10.20.4.0/24"];

/** `eu-central-1b` → `10.20.6.0/24`: a zone has the same whatever the others are. */
function zoneBlock(zone: string): string {
  return `10.20.${5 + ((zone.at(-1) ?? "a").charCodeAt(0) - "a".charCodeAt(0))}.0/24`;
}

/** The zone that comes so many after this one in its region, and again from the beginning. */
function zoneAfter(
  first: pulumi.Input<string>,
  places: number,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const all = getAvailabilityZonesOutput(usableZones, { parent }).names;
  return pulumi.all([first, all]).apply(([zone, names]) => {
    const turn = inTurn(names, zone);
    return turn[places % turn.length] ?? zone;
  });
}

function firstZone(parent: pulumi.Resource): pulumi.Output<string> {
  return getAvailabilityZonesOutput(usableZones, { parent }).names.apply(([first = ""]) => first);
}
