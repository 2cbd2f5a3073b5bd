import type { Capacity } from "../../containers/host.ts";
import { gceCapacity } from "./machineType.ts";

export interface GceGpu {
  /** As `gcloud compute accelerator-types list` names it. */
  type: string;
  count: number;
}

/**
 * Which machines a GPU goes with (https://cloud.google.com/compute/docs/gpus): the older ones are attached to any
 * n1, the L4 is part of a machine family of its own.
 */
const gpus: Record<string, { family: string; attached: boolean; smallest: string }> = {
  "nvidia-l4": { family: "g2", attached: false, smallest: "g2-standard-4" },
  "nvidia-tesla-t4": { family: "n1", attached: true, smallest: "n1-standard-4" },
  "nvidia-tesla-p4": { family: "n1", attached: true, smallest: "n1-standard-4" },
  "nvidia-tesla-p100": { family: "n1", attached: true, smallest: "n1-standard-4" },
  "nvidia-tesla-v100": { family: "n1", attached: true, smallest: "n1-standard-4" },
};

export const gpuTypes = Object.keys(gpus);

export const defaultMachineType = "e2-standard-4";

/** The machine type when settings name none: the smallest that takes the GPU. */
export function machineTypeFor(gpu: GceGpu | undefined): string {
  return (gpu && gpus[gpu.type]?.smallest) ?? defaultMachineType;
}

/** What is wrong with a GPU on a machine type, as `rule` and fix. */
export function gpuProblem(machineType: string, gpu: GceGpu): string | undefined {
  const { family, attached, smallest } = gpus[gpu.type] ?? {};
  const custom = family === "n1" && machineType.startsWith("custom-");
  if (family !== undefined && !custom && !machineType.startsWith(`${family}-`)) {
    return `must be of family ${family} for ${gpu.type}, such as ${smallest}`;
  }
  const brought = gceCapacity(machineType)?.gpus;
  return attached === false && brought !== undefined && brought !== gpu.count
    ? `must bring ${gpu.count} ${gpu.type}, and has ${brought}`
    : undefined;
}

/** What the machine has with its GPUs; undefined when its type is unknown and nobody said. */
export function machineCapacity(
  machineType: string,
  gpu: GceGpu | undefined,
  given: Capacity | undefined,
): Capacity | undefined {
  const known = given ?? gceCapacity(machineType);
  return known && { ...known, gpus: Math.max(known.gpus, gpu?.count ?? 0) };
}

/** GPUs that are attached to the machine and paid beside it. */
export function attachedGpus(gpu: GceGpu | undefined): number {
  return gpu && gpus[gpu.type]?.attached ? gpu.count : 0;
}
