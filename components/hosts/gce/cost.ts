import { hoursAMonth, type Cost } from "../cost.ts";
import { gcePrices } from "./prices.ts";
import { regionOf } from "./regions.ts";

export interface GceMachine {
  zone: string;
  machineType: string;
  cpus: number;
  /** In MiB. */
  memory: number;
  /** GPUs attached to the machine, beyond those of its type. */
  attachedGpus: number;
  disks: readonly { type: string; gigabytes: number }[];
}

/** What Google asks a month for a machine that runs all the time, without discounts for long use. */
export function gceCost(machine: GceMachine): Cost {
  const prices = table.get(regionOf(machine.zone));
  const note = machine.attachedGpus > 0 ? "the GPU isn't in the table" : undefined;
  return {
    machine: machineMonth(machine, prices),
    disks: disksMonth(machine.disks, prices),
    address: gcePrices.addressHour * hoursAMonth,
    date: gcePrices.date,
    source: gcePrices.source,
    note,
  };
}

/** The same with a load balancer before the machine and others, if the project has no other forwarding rules. */
export function gceBalanced(cost: Cost): Cost {
  return { ...cost, balancer: gcePrices.balancerHour * hoursAMonth };
}

type Prices = ReadonlyMap<string, readonly number[]> | undefined;

/** Region → column → price, or prices a vCPU and a GiB. */
const table = parse(gcePrices.table);

function machineMonth({ machineType, cpus, memory }: GceMachine, prices: Prices): number | undefined {
  const [whole] = prices?.get(machineType) ?? [];
  if (whole !== undefined) return whole * hoursAMonth;
  const family = machineType.startsWith("custom-") ? "n1" : machineType.slice(0, machineType.indexOf("-"));
  const [cpu, gib] = prices?.get(family) ?? [];
  // Custom machines ask more than the predefined ones of their family.
  if (cpu === undefined || gib === undefined || machineType.includes("custom-")) return undefined;
  return (cpus * cpu + (memory / 1024) * gib) * hoursAMonth;
}

function disksMonth(disks: GceMachine["disks"], prices: Prices): number | undefined {
  const each = disks.map(({ type, gigabytes }) => (prices?.get(type)?.[0] ?? Number.NaN) * gigabytes);
  const sum = each.reduce((total, price) => total + price, 0);
  return Number.isNaN(sum) ? undefined : sum;
}

function parse(text: string): ReadonlyMap<string, ReadonlyMap<string, readonly number[]>> {
  const [head = [], ...rows] = text
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
  const prices = (cell: string) => (cell === "-" ? [] : cell.split("+").map(Number));
  return new Map(
    rows.map((row) => [
      row[0] ?? "",
      new Map(head.slice(1).map((column, index) => [column, prices(row[index + 1] ?? "-")])),
    ]),
  );
}
