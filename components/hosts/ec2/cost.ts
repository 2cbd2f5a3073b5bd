import { hoursAMonth, type Cost } from "../cost.ts";
import { ec2Prices } from "./prices.ts";

export interface Ec2Machine {
  region: string;
  instanceType: string;
  /** Sizes of its gp3 volumes. */
  gigabytes: readonly number[];
}

/**
 * What AWS asks a month for an instance that runs all the time. The table holds us-east-1 alone, and other regions ask
 * up to half as much again; an address is the same in all.
 */
export function ec2Cost({ region, instanceType, gigabytes }: Ec2Machine): Cost {
  const known = region === ec2Prices.region;
  const hour = known ? instances.get(instanceType) : undefined;
  return {
    machine: hour === undefined ? undefined : hour * hoursAMonth,
    disks: known ? gigabytes.reduce((sum, size) => sum + size, 0) * ec2Prices.gp3Month : undefined,
    address: ec2Prices.addressHour * hoursAMonth,
    date: ec2Prices.date,
    source: ec2Prices.source,
    note: known ? undefined : `the table holds ${ec2Prices.region} alone, not ${region}`,
  };
}

/** The same with a Network Load Balancer, which has an address in each of so many zones. */
export function ec2Balanced(cost: Cost, { region, zones }: { region: string; zones: number }): Cost {
  const known = region === ec2Prices.region;
  return {
    ...cost,
    address: cost.address + zones * ec2Prices.addressHour * hoursAMonth,
    balancer: known ? ec2Prices.balancerHour * hoursAMonth : undefined,
  };
}

/** Instance type → US dollars an hour. */
const instances = new Map(
  ec2Prices.table
    .trim()
    .split("\n")
    .flatMap((line) => {
      const [family = "", sizes = ""] = line.split(": ");
      return sizes.split(", ").map((entry): [string, number] => {
        const [size = "", price = ""] = entry.split(" ");
        return [`${family}.${size}`, Number(price)];
      });
    }),
);
