import type * as docker from "@pulumi/docker";
import { Provider } from "@pulumi/gcp/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { costLine, sumOf, totalCost, type Cost } from "../cost.ts";
import { GceBalancer } from "./balancer.ts";
import { gceBalanced, gceCost } from "./cost.ts";
import type { DnsZone } from "../../dns/dns.ts";
import { GoogleDns } from "../../dns/google.ts";
import { labelValue } from "../cloud/fitted.ts";
import { isFirst, webOf, type CloudHostArgs } from "../cloud/host.ts";
import { OpenedMachine } from "../cloud/open.ts";
import { userData, userSetup } from "../cloud/userData.ts";
import { GceApis, machineApis } from "./apis.ts";
import { imageAccess } from "./artifactRegistry.ts";
import { dataDevice } from "./dataDisk.ts";
import { iapRange, swarmTag } from "./firewall.ts";
import { attachedGpus, machineCapacity, machineTypeFor, type GceGpu } from "./gpu.ts";
import { gceManaged } from "./managed.ts";
import { GceMachine } from "./machine.ts";
import { cidr, gceNeighbourRule, GceNetwork, gceSwarmRule } from "./network.ts";
import { regionOf } from "./regions.ts";
import { hostKeyScript, iapTunnel } from "./tunnel.ts";
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

/** Settings of host kind `gce`, checked and completed; see docs/hosts/gce.md. */
export interface GceHostSettings {
  project: string;
  zone: string;
  machineType?: string;
  gpu?: GceGpu;
  image: string;
  systemDisk: number;
  dataDisk: { size: number; type: string };
  dns?: DnsZone;
  enableApis: boolean;
  ssh: { publicKeys: string[]; key?: string; user: string; allowFrom: string[]; members: string[] };
  /** Size of a managed database, where a system has one. */
  database: { tier: string; disk: number };
  /** A load balancer stands before the machines of a swarm. @default names lead to each */
  loadBalancer?: boolean;
  snapshotDays: number;
  deletionProtection: boolean;
  rebuild: number;
  capacity?: Capacity;
}

export interface GceHostArgs extends GceHostSettings, CloudHostArgs<GceHost> {}

/**
 * A machine on Compute Engine with all it needs: network, firewall, address, name, identity, disk.
 *
 * @example
 * const settings = gceHostSchema.parse({
 *   kind: "gce",
 *   project: "my-project-1",
 *   zone: "europe-west4-a",
 *   ssh: { publicKeys: [readFileSync("id_ed25519.pub", "utf8").trim()] },
 * });
 * const host = new GceHost("gce", { ...settings, system: "shop", domain: "", protectData: true });
 */
export class GceHost extends pulumi.ComponentResource implements Host {
  readonly kind = "gce";
  readonly provider: docker.Provider;
  readonly address: pulumi.Output<string>;
  readonly capacity: Capacity;
  readonly publication: Publication;
  readonly named: readonly string[];
  readonly access: pulumi.Output<string>;
  /** What it costs a month, by part; the stack's own with a load balancer, once all are gathered. */
  cost: Cost;
  monthlyCost?: number;
  entrances?: Entrances;
  readonly generation: pulumi.Output<string>;
  readonly onHost: OnHost;
  readonly managed: ManagedServices;
  readonly network: GceNetwork;
  readonly privateAddress: pulumi.Output<string>;
  /** E-mail of the machine's service account. */
  readonly identity: pulumi.Output<string>;
  /** Known once the machine is ready. */
  readonly connection: pulumi.Output<Connection>;
  readonly #args: GceHostArgs;
  readonly #name: string;
  readonly #inside: pulumi.CustomResourceOptions;
  /** The project's, whichever machine of the stack turned them on: none can be made before. */
  readonly #apis: GceApis[];
  /** `selfLink` of the machine. */
  readonly #instance: pulumi.Output<string>;

  constructor(name: string, args: GceHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:hosts:GceHost", name, {}, opts);
    const { project, zone, system, ssh, dns, beside, swarm } = args;
    const joined = beside?.host ?? swarm?.host;
    const first = isFirst(args);
    const web = webOf(args);
    const region = regionOf(zone);
    const { machineType, capacity } = gceSize(args);
    const labels = { "berth-system": system, "berth-stack": labelValue(pulumi.getStack()) };
    const google = new Provider(name, { project, region, zone, defaultLabels: labels }, { parent: this });
    const alone = { parent: this, provider: google };
    this.#apis = joined ? joined.#apis : turnedOn(name, args, alone);
    const inside = { ...alone, dependsOn: this.#apis };
    this.network = joined?.network ?? new GceNetwork(`${name}-network`, { region }, inside);
    const images = imageAccess(args.asItself ?? [], project);
    const described = {
      machine: {
        system,
        sshFrom: [iapRange, ...ssh.allowFrom],
        gpu: capacity.gpus > 0,
        ...(web === "closed" && { ports: [] }),
        neighbours: [{ network: cidr, ports: args.innerPorts ?? [] }],
        // Who of the network comes in is the vendor's firewall's to say.
        ...(swarm && { swarm: [cidr] }),
      },
      ...(first && { dataDevice: `/dev/disk/by-id/google-${dataDevice}` }),
    };
    const machine = new GceMachine(
      `${name}-vm`,
      {
        ...args,
        ...(!first && { dataDisk: undefined, deletionProtection: false, protectData: false, passing: true }),
        ...(swarm && { tags: [swarmTag] }),
        images,
        region,
        machineType,
        network: this.network,
        web,
        ...ssh,
        userData: userData({ ...described, ...ssh }),
      },
      inside,
    );
    const opened = new OpenedMachine(
      name,
      {
        ...ssh,
        prepare: args.prepare,
        ...(swarm && first && { setup: userSetup(described) }),
        address: machine.instance.name,
        proxyCommand: iapTunnel(args),
        hostKeyScript: hostKeyScript(args),
        generation: machine.instance.instanceId,
        // Google stops and starts a machine to change its scopes.
        ...(images !== "none" && { started: "with images" }),
        dependsOn: [machine],
      },
      { parent: this },
    );
    this.named = dns ? [args.domain] : [];
    this.publication = publicationOf(web !== "closed", args.https);
    this.privateAddress = machine.privateAddress;
    this.identity = machine.identity;
    this.#args = args;
    this.#name = name;
    this.#inside = inside;
    this.#instance = machine.instance.selfLink;
    this.connection = opened.connection;
    if (beside) this.admit(beside.host, beside.ports);
    this.provider = opened.provider;
    this.address = machine.address;
    this.capacity = capacity;
    this.access = opened.access;
    this.generation = machine.instance.instanceId;
    this.onHost = { provider: this.provider, deletedWith: machine.instance, replaceWith: [machine.instance] };
    this.managed = gceManaged({ ...args, google, network: this.network, region });
    this.cost = gceHostCost(first ? args : { ...args, dataDisk: undefined });
    this.monthlyCost = totalCost(this.cost);
    if (swarm === undefined) this.#conclude([]);
    this.registerOutputs();
  }

  /**
   * Has the domain lead to the swarm's machines where the public comes in, or to a load balancer before them, and says
   * what all cost together.
   */
  gather(others: readonly GceHost[], everywhere: boolean): void {
    gceSwarmRule(`${this.#name}-swarm`, { network: this.network.id }, this.#inside);
    if (this.#args.loadBalancer === true && everywhere) this.#balance([this, ...others]);
    this.#conclude(others, everywhere);
  }

  #balance(all: readonly GceHost[]): void {
    const { zone, protectData } = this.#args;
    const machines = all.map((one) => ({ zone: one.#args.zone, instance: one.#instance }));
    const { address } = new GceBalancer(
      `${this.#name}-balancer`,
      { region: regionOf(zone), machines, web: webOf(this.#args), protectData },
      this.#inside,
    );
    this.entrances = [address];
    this.cost = gceBalanced(this.cost);
    this.monthlyCost = totalCost(this.cost);
  }

  #conclude(others: readonly GceHost[], everywhere = false): void {
    const all = [this, ...others] as const;
    const { dns, domain, project } = this.#args;
    const ipv4 = this.entrances ?? (everywhere ? all : [this]).map(({ address }) => address);
    if (dns) new GoogleDns(`${this.#name}-dns`, { ...dns, domain, project, ipv4 }, this.#inside);
    // A reviewer asks for it; in the run itself it would only be noise.
    if (!pulumi.runtime.isDryRun()) return;
    const cost = sumOf([this.cost, ...others.map((one) => one.cost)]);
    void pulumi.log.info(costLine(cost, new Date(), all.length), this);
  }

  /** Lets another machine of the stack in, on these TCP ports alone. */
  admit(other: GceHost, ports: readonly number[]): void {
    if (ports.length === 0) return;
    const { identity: source } = other;
    const rule = { network: this.network.id, target: this.identity, source, ports };
    gceNeighbourRule(`${this.#name}-from-${other.#name}`, rule, this.#inside);
  }
}

function turnedOn(name: string, args: GceHostArgs, opts: pulumi.ComponentResourceOptions): GceApis[] {
  const apis = [...machineApis, ...(args.dns === undefined ? [] : ["dns"])];
  return args.enableApis ? [new GceApis(`${name}-apis`, { apis }, opts)] : [];
}

/** Which machine it is to be and what it has. Throws when nobody knows; settings have been checked for that. */
export function gceSize(settings: Pick<GceHostSettings, "machineType" | "gpu" | "capacity">): GceSize {
  const machineType = settings.machineType ?? machineTypeFor(settings.gpu);
  const capacity = machineCapacity(machineType, settings.gpu, settings.capacity);
  if (capacity === undefined)
    throw new PlainError(`host.capacity: must be set for ${machineType}, got nothing`);
  return { machineType, capacity };
}

export interface GceSize {
  machineType: string;
  capacity: Capacity;
}

function gceHostCost({ dataDisk, ...settings }: Disks): Cost {
  const { machineType, capacity } = gceSize(settings);
  const { zone, systemDisk, gpu } = settings;
  const disks = [
    { type: "pd-balanced", gigabytes: systemDisk },
    ...(dataDisk ? [{ type: dataDisk.type, gigabytes: dataDisk.size }] : []),
  ];
  return gceCost({ ...capacity, zone, machineType, attachedGpus: attachedGpus(gpu), disks });
}

type Disks = Omit<GceHostSettings, "dataDisk"> & Pick<Partial<GceHostSettings>, "dataDisk">;
