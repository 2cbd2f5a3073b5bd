import type { Capacity } from "../../containers/host.ts";

/**
 * What a Compute Engine machine type has, as far as its name tells: `<family>-<class>-<vCPUs>` or
 * `<family>-custom-<vCPUs>-<MiB>` (https://cloud.google.com/compute/docs/general-purpose-machines and
 * https://cloud.google.com/compute/docs/gpus). Undefined where it doesn't.
 */
export function gceCapacity(machineType: string): Capacity | undefined {
  const exception = exceptions[machineType];
  if (exception !== undefined) return exception;
  const custom = /^(?:[a-z]\d[a-z]?-)?custom-(\d+)-(\d+)(?:-ext)?$/.exec(machineType);
  if (custom) return { cpus: Number(custom[1]), memory: Number(custom[2]), gpus: 0 };
  const [, family = "", shape = "", size = ""] =
    /^([a-z]\d[a-z]?)-([a-z]+)-(\d+)(?:-lssd)?$/.exec(machineType) ?? [];
  const gib = gibPerCpu[family]?.[shape];
  if (gib === undefined) return undefined;
  const cpus = Number(size);
  return { cpus, memory: Math.floor(cpus * gib * 1024), gpus: family === "g2" ? (l4s[size] ?? 1) : 0 };
}

/** The small ones share their two vCPUs with others; the largest n2 has less memory than its name says. */
const exceptions: Record<string, Capacity> = {
  "e2-micro": { cpus: 2, memory: 1024, gpus: 0 },
  "e2-small": { cpus: 2, memory: 2048, gpus: 0 },
  "e2-medium": { cpus: 2, memory: 4096, gpus: 0 },
  "n2-highmem-128": { cpus: 128, memory: 864 * 1024, gpus: 0 },
};

/** Family → class → GiB of memory a vCPU. */
const gibPerCpu: Record<string, Record<string, number>> = {
  e2: { standard: 4, highmem: 8, highcpu: 1 },
  n1: { standard: 3.75, highmem: 6.5, highcpu: 0.9 },
  n2: { standard: 4, highmem: 8, highcpu: 1 },
  n2d: { standard: 4, highmem: 8, highcpu: 1 },
  n4: { standard: 4, highmem: 8, highcpu: 2 },
  c2: { standard: 4 },
  c2d: { standard: 4, highmem: 8, highcpu: 2 },
  c3: { standard: 4, highmem: 8, highcpu: 2 },
  t2d: { standard: 4 },
  g2: { standard: 4 },
};

/** L4 GPUs that come with a g2 machine of so many vCPUs; the others have one. */
const l4s: Record<string, number> = { 24: 2, 48: 4, 96: 8 };
