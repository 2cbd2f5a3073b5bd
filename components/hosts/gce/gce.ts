import type * as docker from "@pulumi/docker";
import { Provider } from "@pulumi/gcp/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { costLine, totalCost, type Cost } from "../cost.ts";
import { gceCost } from "./cost.ts";
import type { DnsZone } from "../../dns/dns.ts";
import { GoogleDns } from "../../dns/google.ts";
import { labelValue } from "../cloud/fitted.ts";
import type { CloudHostArgs } from "../cloud/host.ts";
import { OpenedMachine } from "../cloud/open.ts";
import { userData } from "../cloud/userData.ts";
import { GceApis, machineApis } from "./apis.ts";
import { imageAccess } from "./artifactRegistry.ts";
import { dataDevice } from "./dataDisk.ts";
import { iapRange } from "./firewall.ts";
import { attachedGpus, machineCapacity, machineTypeFor, type GceGpu } from "./gpu.ts";
import { gceManaged } from "./managed.ts";
import { GceMachine } from "./machine.ts";
import { cidr, gceNeighbourRule, GceNetwork } from "./network.ts";
import { regionOf } from "./regions.ts";
import { hostKeyScript, iapTunnel } from "./tunnel.ts";
import type { ManagedServices } from "../../managed/managed.ts";
import {
  publicationOf,
  type Capacity,
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
  readonly monthlyCost?: number;
  readonly generation: pulumi.Output<string>;
  readonly onHost: OnHost;
  readonly managed: ManagedServices;
  readonly network: GceNetwork;
  readonly privateAddress: pulumi.Output<string>;
  /** E-mail of the machine's service account. */
  readonly identity: pulumi.Output<string>;
  readonly #name: string;
  readonly #inside: pulumi.CustomResourceOptions;

  constructor(name: string, args: GceHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:hosts:GceHost", name, {}, opts);
    const { project, zone, system, ssh, dns, beside } = args;
    const region = regionOf(zone);
    const { machineType, capacity } = gceSize(args);
    const labels = { "berth-system": system, "berth-stack": labelValue(pulumi.getStack()) };
    const google = new Provider(name, { project, region, zone, defaultLabels: labels }, { parent: this });
    const alone = { parent: this, provider: google };
    const wanted = [...machineApis, ...(dns === undefined ? [] : ["dns"])];
    const apis =
      args.enableApis && beside === undefined ? [new GceApis(`${name}-apis`, { apis: wanted }, alone)] : [];
    const inside = { ...alone, dependsOn: apis };
    this.network = beside?.host.network ?? new GceNetwork(`${name}-network`, { region }, inside);
    const images = imageAccess(args.asItself ?? [], project);
    const machine = new GceMachine(
      `${name}-vm`,
      {
        ...args,
        images,
        region,
        machineType,
        network: this.network,
        web: beside === undefined ? (args.https === true ? "https" : "http") : "closed",
        ...ssh,
        userData: userData({
          machine: {
            system,
            sshFrom: [iapRange, ...ssh.allowFrom],
            gpu: capacity.gpus > 0,
            ports: beside && [],
            neighbours: [{ network: cidr, ports: args.innerPorts ?? [] }],
          },
          ...ssh,
          dataDevice: `/dev/disk/by-id/google-${dataDevice}`,
        }),
      },
      inside,
    );
    const opened = new OpenedMachine(
      name,
      {
        ...ssh,
        prepare: args.prepare,
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
    if (dns)
      new GoogleDns(`${name}-dns`, { ...dns, domain: args.domain, project, ipv4: machine.address }, inside);
    this.named = dns ? [args.domain] : [];
    this.publication = publicationOf(beside === undefined, args.https);
    this.privateAddress = machine.privateAddress;
    this.identity = machine.identity;
    this.#name = name;
    this.#inside = inside;
    if (beside) this.admit(beside.host, beside.ports);
    this.provider = opened.provider;
    this.address = machine.address;
    this.capacity = capacity;
    this.access = opened.access;
    this.generation = machine.instance.instanceId;
    this.onHost = { provider: this.provider, deletedWith: machine.instance, replaceWith: [machine.instance] };
    this.managed = gceManaged({ ...args, google, network: this.network, region });
    // A reviewer asks for it; in the run itself it would only be noise.
    const cost = gceHostCost(args);
    this.monthlyCost = totalCost(cost);
    if (pulumi.runtime.isDryRun()) void pulumi.log.info(costLine(cost), this);
    this.registerOutputs();
  }

  /** Lets another machine of the stack in, on these TCP ports alone. */
  admit(other: GceHost, ports: readonly number[]): void {
    if (ports.length === 0) return;
    const { identity: source } = other;
    const rule = { network: this.network.id, target: this.identity, source, ports };
    gceNeighbourRule(`${this.#name}-from-${other.#name}`, rule, this.#inside);
  }
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

function gceHostCost(settings: GceHostSettings): Cost {
  const { machineType, capacity } = gceSize(settings);
  const { zone, systemDisk, dataDisk, gpu } = settings;
  const disks = [
    { type: "pd-balanced", gigabytes: systemDisk },
    { type: dataDisk.type, gigabytes: dataDisk.size },
  ];
  return gceCost({ ...capacity, zone, machineType, attachedGpus: attachedGpus(gpu), disks });
}
