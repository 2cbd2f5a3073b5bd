import { Address, AttachedDisk, Instance } from "@pulumi/gcp/compute/index.js";
import { TunnelInstanceIAMMember } from "@pulumi/gcp/iap/index.js";
import * as pulumi from "@pulumi/pulumi";
import { passing, type Web } from "../cloud/host.ts";
import { AddressRelease } from "./addressRelease.ts";
import type { ImageAccess } from "./artifactRegistry.ts";
import { dataDevice, GceDataDisk } from "./dataDisk.ts";
import type { GceGpu } from "./gpu.ts";
import { GceIdentity } from "./identity.ts";
import { instanceArgs } from "./instanceArgs.ts";
import { GceFirewall, type GceNetwork } from "./network.ts";

export interface GceMachineArgs {
  project: string;
  zone: string;
  region: string;
  machineType: string;
  gpu?: GceGpu;
  /** `debian-cloud/debian-12`. */
  image: string;
  /** GB of the boot disk. */
  systemDisk: number;
  /** GB, and the kind of the disk. @default it has no disk for data */
  dataDisk?: { size: number; type: string };
  snapshotDays: number;
  deletionProtection: boolean;
  /** Another number makes another machine. */
  rebuild: number;
  network: GceNetwork;
  /** CIDR blocks from which ssh is open, beside IAP's. */
  allowFrom: readonly string[];
  /** Who may use IAP's tunnel to this machine, beside those who may use all of the project's. */
  members: readonly string[];
  /** What of the proxy is open to everyone; where anything is, it has an address that stays. */
  web: Web;
  /** Its address goes with it, whatever is kept of others. @default false */
  passing?: boolean;
  userData: string;
  /** Network tags, by which firewall rules know it. @default none */
  tags?: readonly string[];
  /** Which images it pulls as itself. */
  images: ImageAccess;
  /** Keep disk and address when everything else is destroyed. */
  protectData: boolean;
}

/**
 * A machine, its identity, its firewall, its address and its data. A new machine is made before the old one goes, so
 * that what it holds can follow; the address and the data disk change hands in between.
 */
export class GceMachine extends pulumi.ComponentResource {
  readonly instance: Instance;
  /** The static address, else the one inside the network. */
  readonly address: pulumi.Output<string>;
  /** The one inside the network. */
  readonly privateAddress: pulumi.Output<string>;
  /** E-mail of the machine's service account. */
  readonly identity: pulumi.Output<string>;

  constructor(name: string, args: GceMachineArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:hosts:gce:Machine", name, {}, opts);
    const { zone, region, network, protectData, dataDisk } = args;
    const inside = { parent: this };
    const identity = new GceIdentity(name, args, inside);
    new GceFirewall(name, { ...args, network: network.id, target: identity.email }, inside);
    const data = dataDisk && new GceDataDisk(`${name}-data`, { ...args, ...dataDisk }, inside);
    const address =
      args.web !== "closed"
        ? new Address(
            name,
            {
              ...{ region, addressType: "EXTERNAL", networkTier: "PREMIUM" },
              ...(args.passing === true && { labels: passing }),
            },
            { ...inside, protect: protectData },
          )
        : undefined;
    const spec = {
      ...args,
      subnetwork: network.subnetwork,
      identity: identity.email,
      address: address?.address,
    };
    this.instance = new Instance(name, instanceArgs(spec), {
      ...inside,
      dependsOn: address === undefined ? [] : release(name, args, address, this),
      replacementTrigger: args.rebuild,
      // A newer image or user data is for the next machine; it must not throw away a running one.
      ignoreChanges: ['metadata["user-data"]', "bootDisk.initializeParams", "attachedDisks"],
    });
    if (data)
      new AttachedDisk(
        name,
        { zone, instance: this.instance.id, disk: data.id, deviceName: dataDevice },
        // A disk is attached to one machine at a time.
        { ...inside, deleteBeforeReplace: true },
      );
    for (const member of args.members) {
      const role = "roles/iap.tunnelResourceAccessor";
      new TunnelInstanceIAMMember(
        `${name}-${member}`,
        { zone, instance: this.instance.name, role, member },
        inside,
      );
    }
    this.privateAddress = this.instance.networkInterfaces.apply(([first]) => first?.networkIp ?? "");
    this.address = address?.address ?? this.privateAddress;
    this.identity = identity.email;
    this.registerOutputs();
  }
}

/** Nothing for a first machine; a rebuilt one waits until the old one has let go of the address. */
function release(
  name: string,
  args: GceMachineArgs,
  address: Address,
  parent: pulumi.Resource,
): pulumi.Resource[] {
  return args.rebuild === 1
    ? []
    : [new AddressRelease(`${name}-release`, { ...args, address: address.name }, { parent })];
}
