import type { Capacity } from "../../containers/host.ts";

/**
 * What an EC2 instance type has, as far as its name tells: `<family>.<size>`, where the family fixes the memory a
 * vCPU and the size doubles from one to the next (https://docs.aws.amazon.com/ec2/latest/instancetypes).
 * Undefined where it doesn't.
 */
export function ec2Capacity(instanceType: string): Capacity | undefined {
  const [family = "", size = ""] = instanceType.split(".");
  if (/^t(?:3|3a|4g)$/.test(family)) return burstable[size];
  const gib = gibPerCpu(family);
  const cpus = vcpus(size);
  if (gib === undefined || cpus === undefined) return undefined;
  return { cpus, memory: cpus * gib * 1024, gpus: gpuFamilies.has(family) ? (gpusOf[size] ?? 1) : 0 };
}

const burstable: Record<string, Capacity> = {
  nano: { cpus: 2, memory: 512, gpus: 0 },
  micro: { cpus: 2, memory: 1024, gpus: 0 },
  small: { cpus: 2, memory: 2048, gpus: 0 },
  medium: { cpus: 2, memory: 4096, gpus: 0 },
  large: { cpus: 2, memory: 8192, gpus: 0 },
  xlarge: { cpus: 4, memory: 16384, gpus: 0 },
  "2xlarge": { cpus: 8, memory: 32768, gpus: 0 },
};

const gpuFamilies = new Set(["g4dn", "g5", "g6"]);

/** GPUs by size where there are several (https://aws.amazon.com/ec2/instance-types/g5, g4, g6). */
const gpusOf: Record<string, number> = { "12xlarge": 4, "24xlarge": 4, "48xlarge": 8 };

function gibPerCpu(family: string): number | undefined {
  if (gpuFamilies.has(family)) return 4;
  const [, kind = ""] = /^([mcr])[5-8](?:a|i|g|i-flex|n|d|dn|gd|id|ad)?$/.exec(family) ?? [];
  return { m: 4, c: 2, r: 8 }[kind];
}

function vcpus(size: string): number | undefined {
  const named: Record<string, number> = { medium: 1, large: 2, xlarge: 4 };
  const [, times] = /^(\d+)xlarge$/.exec(size) ?? [];
  return times === undefined ? named[size] : Number(times) * 4;
}

/** The Debian project's account, in the ordinary part of AWS alone (https://wiki.debian.org/Cloud/AmazonEC2Image). */
export const debianAccount = "136693071363";

/** The newest Debian for the type's processor, by the Debian project (https://wiki.debian.org/Cloud/AmazonEC2Image). */
export function defaultImage(instanceType: string): { owner: string; name: string } {
  const graviton = /^[a-z]+\d+g[a-z]*\./.test(instanceType);
  return { owner: debianAccount, name: `debian-12-${graviton ? "arm64" : "amd64"}-*` };
}
