import type { Cost, Rented } from "../cost.ts";
import { ec2Cost } from "./cost.ts";

interface Instance {
  instanceType?: string;
  rootBlockDevice?: { volumeSize?: number };
}

/** What each machine among these costs a month; nothing of one whose size isn't told. */
export function ec2Reckoned(rented: readonly Rented[]): (Cost | undefined)[] {
  const provider = rented.find(({ type }) => type === "pulumi:providers:aws");
  const found = rented.filter(({ type }) => type === "aws:ec2/instance:Instance");
  return found.map(({ name, inputs }) => {
    const { instanceType, rootBlockDevice } = inputs as Instance;
    const data = rented.find((one) => one.type === "aws:ebs/volume:Volume" && one.name === `${name}-data`);
    const gigabytes = [rootBlockDevice?.volumeSize, (data?.inputs as { size?: number } | undefined)?.size];
    const known = gigabytes.filter((size) => size !== undefined);
    if (instanceType === undefined || known.length < gigabytes.length) return undefined;
    return ec2Cost({ region: String(provider?.inputs.region), instanceType, gigabytes: known });
  });
}
