import { getAmiOutput } from "@pulumi/aws/ec2/index.js";
import { Provider, type ProviderArgs } from "@pulumi/aws/provider.js";
import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { costLine, sumOf, totalCost, type Cost } from "../cost.ts";
import { Ec2Balancer, type Ec2Target } from "./balancer.ts";
import { ec2Balanced, ec2Cost } from "./cost.ts";
import type { DnsZone } from "../../dns/dns.ts";
import { Route53Dns } from "../../dns/route53.ts";
import { isFirst, webOf, type CloudHostArgs } from "../cloud/host.ts";
import { OpenedMachine } from "../cloud/open.ts";
import { ec2Setup, ec2UserData } from "./userData.ts";
import { defaultImage, ec2Capacity } from "./instanceType.ts";
import { ec2Managed } from "./managed.ts";
import { Ec2Endpoint } from "./endpoint.ts";
import { Ec2Machine } from "./machine.ts";
import { DefaultNetwork, ec2NeighbourRule, OwnNetwork, type Ec2Network } from "./network.ts";
import { Ec2SwarmGroup } from "./swarmGroup.ts";
import { hostKeyScript, proxyCommand, type Ec2Way } from "./tunnel.ts";
import type { Connection } from "../../ssh/connection.ts";
import type { ManagedServices } from "../../managed/managed.ts";
import {
  publicationOf,
  type Capacity,
  type Entrances,
  type Host,
  type OnHost,
  type Publication,
} from "../../containers/host.ts";
import { PlainError } from "../../../lib/plainError.ts";

/** Settings of host kind `ec2`, checked and completed; see docs/hosts/ec2.md. */
export interface Ec2HostSettings {
  region: string;
  availabilityZone?: string;
  /** Over which machines of a swarm go in turn. */
  zones?: string[];
  profile?: string;
  instanceType: string;
  image?: { owner: string; name: string };
  defaultVpc: boolean;
  systemDisk: number;
  dataDisk: { size: number };
  dns?: DnsZone;
  ssh: { publicKeys: string[]; key?: string; user: string; allowFrom: string[]; by: Ec2Way };
  /** Size of a managed database, where a system has one. */
  database: { instanceClass: string; disk: number };
  /** A load balancer stands before the machines of a swarm. @default names lead to each */
  loadBalancer?: boolean;
  snapshotDays: number;
  deletionProtection: boolean;
  rebuild: number;
  capacity?: Capacity;
}

export interface Ec2HostArgs extends Ec2HostSettings, CloudHostArgs<Ec2Host> {
  /** Other services' addresses, for a stand-in of AWS. @default AWS's own */
  aws?: Pick<
    ProviderArgs,
    "endpoints" | "accessKey" | "secretKey" | "skipCredentialsValidation" | "skipRequestingAccountId"
  >;
}

/**
 * A machine on EC2 with all it needs: network, security group, address, name, identity, disk.
 *
 * @example
 * const settings = ec2HostSchema.parse({
 *   kind: "ec2",
 *   region: "eu-central-1",
 *   ssh: { publicKeys: [readFileSync("id_ed25519.pub", "utf8").trim()] },
 * });
 * const host = new Ec2Host("ec2", { ...settings, system: "shop", domain: "", protectData: true });
 */
export class Ec2Host extends pulumi.ComponentResource implements Host {
  readonly kind = "ec2";
  readonly provider: docker.Provider;
  readonly address: pulumi.Output<string>;
  readonly capacity: Capacity;
  readonly publication: Publication;
  readonly named: readonly string[];
  readonly access: pulumi.Output<string>;
  monthlyCost?: number;
  entrances?: Entrances;
  readonly generation: pulumi.Output<string>;
  readonly onHost: OnHost;
  readonly managed: ManagedServices;
  readonly network: Ec2Network;
  /** Id of the machine's security group. */
  readonly securityGroup: pulumi.Output<string>;
  readonly privateAddress: pulumi.Output<string>;
  readonly endpoint?: Ec2Endpoint;
  /** Known once the machine is ready. */
  readonly connection: pulumi.Output<Connection>;
  /** Where machines of its swarm know each other by, where it is in one. */
  readonly swarmGroup?: Ec2SwarmGroup;
  /** What it costs a month, by part; the stack's own with a load balancer, once all are gathered. */
  cost: Cost;
  readonly #args: Ec2HostArgs;
  readonly #name: string;
  readonly #inside: pulumi.CustomResourceOptions;
  readonly #target: Ec2Target;

  constructor(name: string, args: Ec2HostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:hosts:Ec2Host", name, {}, opts);
    const { region, profile, instanceType, system, ssh, availabilityZone, beside, swarm } = args;
    const joined = beside?.host ?? swarm?.host;
    const first = isFirst(args);
    const web = webOf(args);
    const capacity = ec2Size(args);
    const tags = { "berth-system": system, "berth-stack": pulumi.getStack() };
    const aws = new Provider(
      name,
      { region: region as ProviderArgs["region"], profile, defaultTags: { tags }, ...args.aws },
      { parent: this },
    );
    const inside = { parent: this, provider: aws };
    const Network = args.defaultVpc ? DefaultNetwork : OwnNetwork;
    const zone = availabilityZone ?? args.zones?.[0];
    const network = joined?.network ?? new Network(`${name}-network`, { availabilityZone: zone }, inside);
    if (swarm) {
      this.swarmGroup =
        swarm.host?.swarmGroup ?? new Ec2SwarmGroup(`${name}-swarm`, { vpc: network.vpc }, inside);
    }
    if (ssh.by === "endpoint") {
      this.endpoint = joined?.endpoint ?? new Ec2Endpoint(`${name}-endpoint`, { network }, inside);
    }
    const { owner, name: imageName } = args.image ?? defaultImage(instanceType);
    const image = getAmiOutput(
      { owners: [owner], mostRecent: true, filters: [{ name: "name", values: [imageName] }, ...plainImages] },
      inside,
    );
    const described = {
      ...args,
      gpu: capacity.gpus > 0,
      ...(web === "closed" && { ports: [] }),
      innerPorts: args.innerPorts,
      network: network.cidr,
      swarm: swarm !== undefined,
    };
    const subnet = swarm?.host ? network.subnetFor({ place: swarm.place, availabilityZone }) : network;
    const machine = new Ec2Machine(
      `${name}-vm`,
      {
        ...args,
        ...ssh,
        ...(!first && { dataDisk: undefined, deletionProtection: false, protectData: false, passing: true }),
        subnet,
        ...(this.swarmGroup && { groups: [this.swarmGroup.id] }),
        image: image.id,
        network,
        endpoint: this.endpoint,
        web,
        images: (args.asItself ?? []).length > 0,
        userData: (dataDevice) => ec2UserData({ ...described, dataDevice }),
      },
      inside,
    );
    const direct = ssh.by === "address";
    // A machine where the public doesn't come in has no address that stays, but one of its own all the same.
    const reached = web === "closed" ? machine.instance.publicIp : machine.address;
    const opened = new OpenedMachine(
      name,
      {
        ...ssh,
        prepare: args.prepare,
        ...(swarm &&
          machine.dataDevice && {
            setup: machine.dataDevice.apply((dataDevice) => ec2Setup({ ...described, dataDevice })),
          }),
        address: direct ? reached : machine.instance.id,
        proxyCommand: proxyCommand(ssh.by, args),
        hostKeyScript: hostKeyScript(args),
        instance: machine.instance.id,
        generation: machine.instance.id,
        dependsOn: [machine],
      },
      { parent: this },
    );
    this.named = args.dns ? [args.domain] : [];
    this.publication = publicationOf(web !== "closed", args.https);
    this.network = network;
    this.securityGroup = machine.securityGroup;
    this.privateAddress = machine.instance.privateIp;
    this.connection = opened.connection;
    this.#args = args;
    this.#name = name;
    this.#inside = inside;
    this.#target = { machine: name, instance: machine.instance.id, subnet };
    if (beside) this.admit(beside.host, beside.ports);
    this.provider = opened.provider;
    this.address = machine.address;
    this.capacity = capacity;
    this.access = opened.access;
    this.generation = machine.instance.id;
    this.onHost = { provider: this.provider, deletedWith: machine.instance, replaceWith: [machine.instance] };
    // What asks a database may run on any machine of a swarm.
    const asking = this.swarmGroup?.id ?? machine.securityGroup;
    this.managed = ec2Managed({ ...args, aws, network, machine: asking });
    this.cost = ec2HostCost(first ? args : { ...args, dataDisk: undefined });
    this.monthlyCost = totalCost(this.cost);
    if (swarm === undefined) this.#conclude([]);
    this.registerOutputs();
  }

  /**
   * Has the domain lead to the swarm's machines where the public comes in, or to a load balancer before them, and says
   * what all cost together.
   */
  gather(others: readonly Ec2Host[], everywhere: boolean): void {
    if (this.#args.loadBalancer === true && everywhere) this.#balance(others);
    this.#conclude(others, everywhere);
  }

  #balance(others: readonly Ec2Host[]): void {
    const { protectData, region } = this.#args;
    const machines = [this.#target, ...others.map((one) => one.#target)] as const;
    const { addresses } = new Ec2Balancer(
      `${this.#name}-balancer`,
      { vpc: this.network.vpc, machines, web: webOf(this.#args), protectData },
      this.#inside,
    );
    this.entrances = addresses;
    this.cost = ec2Balanced(this.cost, { region, zones: addresses.length });
    this.monthlyCost = totalCost(this.cost);
  }

  #conclude(others: readonly Ec2Host[], everywhere = false): void {
    const all = [this, ...others] as const;
    const { dns, domain } = this.#args;
    const ipv4 = this.entrances ?? (everywhere ? all : [this]).map(({ address }) => address);
    if (dns) new Route53Dns(`${this.#name}-dns`, { ...dns, domain, ipv4 }, this.#inside);
    // A reviewer asks for it; in the run itself it would only be noise.
    if (!pulumi.runtime.isDryRun()) return;
    const cost = sumOf([this.cost, ...others.map((one) => one.cost)]);
    void pulumi.log.info(costLine(cost, new Date(), all.length), this);
  }

  /** Lets another machine of the stack in, on these TCP ports alone. */
  admit(other: Ec2Host, ports: readonly number[]): void {
    const between = { target: this.securityGroup, source: other.securityGroup };
    for (const port of ports) {
      ec2NeighbourRule(`${this.#name}-from-${other.#name}-${port}`, { ...between, port }, this.#inside);
    }
  }
}

const plainImages = [
  { name: "virtualization-type", values: ["hvm"] },
  { name: "root-device-type", values: ["ebs"] },
];

/** What the machine has. Throws when nobody knows; settings have been checked for that. */
export function ec2Size(settings: Pick<Ec2HostSettings, "instanceType" | "capacity">): Capacity {
  const capacity = settings.capacity ?? ec2Capacity(settings.instanceType);
  if (capacity !== undefined) return capacity;
  throw new PlainError(`host.capacity: must be set for ${settings.instanceType}, got nothing`);
}

function ec2HostCost({ region, instanceType, systemDisk, dataDisk }: Disks): Cost {
  return ec2Cost({ region, instanceType, gigabytes: [systemDisk, ...(dataDisk ? [dataDisk.size] : [])] });
}

type Disks = Pick<Ec2HostSettings, "region" | "instanceType" | "systemDisk"> &
  Pick<Partial<Ec2HostSettings>, "dataDisk">;
