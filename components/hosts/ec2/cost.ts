import { hoursAMonth, type Cost } from "../cost.ts";
import { ec2Prices } from "./prices.ts";

export interface Ec2Machine {
  region: string;
  instanceType: string;
  /** Sizes of its gp3 volumes. */
  gigabytes: readonly number[];
}

/** What AWS asks a month for an instance that runs all the time; the table holds us-east-1 alone. */
export function ec2Cost({ region, instanceType, gigabytes }: Ec2Machine): Cost {
  const hour = instances.get(instanceType);
  return {
    machine: hour === undefined ? undefined : hour * hoursAMonth,
    disks: gigabytes.reduce((sum, size) => sum + size, 0) * ec2Prices.gp3Month,
    address: ec2Prices.addressHour * hoursAMonth,
    date: ec2Prices.date,
    source: ec2Prices.source,
    note: region === ec2Prices.region ? undefined : `at the prices of ${ec2Prices.region}`,
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
