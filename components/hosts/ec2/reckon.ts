import type { Cost, Rented } from "../cost.ts";
import { ec2Balanced, ec2Cost } from "./cost.ts";

interface Instance {
  instanceType?: string;
  rootBlockDevice?: { volumeSize?: number };
}

interface Balancer {
  subnetMappings?: readonly unknown[];
}

/**
 * What each machine among these costs a month, and a load balancer with the first of them; nothing of one whose size
 * isn't told.
 */
export function ec2Reckoned(rented: readonly Rented[]): (Cost | undefined)[] {
  const provider = rented.find(({ type }) => type === "pulumi:providers:aws");
  const found = rented.filter(({ type }) => type === "aws:ec2/instance:Instance");
  const balancer = rented.find(({ type }) => type === "aws:lb/loadBalancer:LoadBalancer");
  const region = String(provider?.inputs.region);
  const costs = found.map(({ name, inputs }) => {
    const { instanceType, rootBlockDevice } = inputs as Instance;
    const data = rented.find((one) => one.type === "aws:ebs/volume:Volume" && one.name === `${name}-data`);
    // Of a swarm's machines the first alone has one for data.
    const sizes = data ? [(data.inputs as { size?: number }).size] : [];
    const gigabytes = [rootBlockDevice?.volumeSize, ...sizes];
    const known = gigabytes.filter((size) => size !== undefined);
    if (instanceType === undefined || known.length < gigabytes.length) return undefined;
    return ec2Cost({ region, instanceType, gigabytes: known });
  });
  if (balancer === undefined) return costs;
  const zones = (balancer.inputs as Balancer).subnetMappings?.length ?? 0;
  return costs.map((cost, index) => (cost && index === 0 ? ec2Balanced(cost, { region, zones }) : cost));
}
