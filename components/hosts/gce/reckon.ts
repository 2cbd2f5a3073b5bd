import type { Cost, Rented } from "../cost.ts";
import { gceBalanced, gceCost } from "./cost.ts";
import { gceCapacity } from "./machineType.ts";

interface Instance {
  zone?: string;
  machineType?: string;
  bootDisk?: { initializeParams?: { size?: number; type?: string } };
  guestAccelerators?: readonly unknown[];
}

interface Disk {
  size?: number;
  type?: string;
}

/**
 * What each machine among these costs a month, and a load balancer with the first of them; nothing of one that the
 * table doesn't hold.
 */
export function gceReckoned(rented: readonly Rented[]): (Cost | undefined)[] {
  const found = rented.filter(({ type }) => type === "gcp:compute/instance:Instance");
  const balanced = rented.some(({ type }) => type === "gcp:compute/forwardingRule:ForwardingRule");
  const costs = found.map(({ name, inputs }) => {
    const { zone, machineType, bootDisk, guestAccelerators = [] } = inputs as Instance;
    const data = rented.find((one) => one.type === "gcp:compute/disk:Disk" && one.name === `${name}-data`);
    const capacity = machineType === undefined ? undefined : gceCapacity(machineType);
    if (zone === undefined || machineType === undefined || capacity === undefined) return undefined;
    // Of a swarm's machines the first alone has one for data.
    const all = [bootDisk?.initializeParams, ...(data ? [data.inputs as Disk] : [])];
    const disks = all.map((disk) => ({
      type: disk?.type ?? "",
      gigabytes: disk?.size ?? Number.NaN,
    }));
    return gceCost({ ...capacity, zone, machineType, attachedGpus: guestAccelerators.length, disks });
  });
  return costs.map((cost, index) => (cost && balanced && index === 0 ? gceBalanced(cost) : cost));
}
