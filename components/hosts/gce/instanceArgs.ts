import type { InstanceArgs } from "@pulumi/gcp/compute/index.js";
import type { Input } from "@pulumi/pulumi";
import { attachedGpus, type GceGpu } from "./gpu.ts";
import type { ImageAccess } from "./artifactRegistry.ts";
import { scopesOf } from "./identity.ts";

export interface GceInstanceSpec {
  zone: string;
  machineType: string;
  gpu?: GceGpu;
  /** `debian-cloud/debian-12`. */
  image: string;
  /** GB of the boot disk. */
  systemDisk: number;
  deletionProtection: boolean;
  subnetwork: Input<string>;
  /** The static address; without one the machine has a passing one, for what it fetches itself. */
  address?: Input<string>;
  /** E-mail of its service account. */
  identity: Input<string>;
  userData: Input<string>;
  /** Network tags, by which firewall rules know it. @default none */
  tags?: readonly string[];
  /** Which images it pulls as itself. */
  images: ImageAccess;
}

/** A machine that is what CIS and Google recommend: shielded, with OS Login, no project keys, no serial console. */
export function instanceArgs(spec: GceInstanceSpec): InstanceArgs {
  const gpus = attachedGpus(spec.gpu);
  return {
    zone: spec.zone,
    machineType: spec.machineType,
    bootDisk: {
      autoDelete: true,
      initializeParams: { image: spec.image, size: spec.systemDisk, type: "pd-balanced" },
    },
    networkInterfaces: [
      { subnetwork: spec.subnetwork, accessConfigs: [{ natIp: spec.address, networkTier: "PREMIUM" }] },
    ],
    ...(spec.gpu !== undefined && gpus > 0 && { guestAccelerators: [{ type: spec.gpu.type, count: gpus }] }),
    scheduling: {
      automaticRestart: true,
      // A machine with a GPU can't be moved while it runs.
      onHostMaintenance: spec.gpu === undefined ? "MIGRATE" : "TERMINATE",
    },
    serviceAccount: { email: spec.identity, scopes: scopesOf(spec.images) },
    shieldedInstanceConfig: {
      enableVtpm: true,
      enableIntegrityMonitoring: true,
      // The GPU's driver is built on the machine and so isn't signed by a key that Secure Boot knows.
      enableSecureBoot: spec.gpu === undefined,
    },
    metadata: {
      "enable-oslogin": "TRUE",
      "block-project-ssh-keys": "TRUE",
      "serial-port-enable": "FALSE",
      // Lets the machine publish its ssh host keys to those who may describe it.
      "enable-guest-attributes": "TRUE",
      "user-data": spec.userData,
    },
    ...(spec.tags && { tags: [...spec.tags] }),
    canIpForward: false,
    deletionProtection: spec.deletionProtection,
    allowStoppingForUpdate: true,
  };
}
