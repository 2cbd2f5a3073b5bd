import { hostKey } from "./cloudSettings.ts";

export const capacity = { cpus: 8, memory: 16384, gpus: 0 };

/** A server, whose addresses end so. */
export const server = (last: number) => ({
  address: `ops@203.0.113.${last}`,
  hostKey,
  privateAddress: `10.0.0.${last}`,
  capacity,
});

/** Settings of three servers as one swarm, beside those of `host`. */
export const three = {
  swarm: true,
  host: { privateAddress: "10.0.0.30" },
  hosts: { two: server(31), three: server(32) },
};
