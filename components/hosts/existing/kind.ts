import type { Kind } from "../kind.ts";
import {
  existingHostSchema,
  existingTarget,
  publicProblems,
  targetOf,
  unpreparedHostSchema,
  type ExistingHostSettings,
} from "./settings.ts";

/** A server that is there before Berth is, and stays. */
export const existing = {
  name: "existing",
  schema: existingHostSchema,
  plugins: ["command"],
  managed: false,
  beside: {
    particular: ["address", "hostKey", "capacity", "publicAddress", "privateAddress", "ipv6", "gpu"],
    same: [],
    public: ["publicAddress", "ipv6"],
    needed: {
      privateAddress: 'must be its address on the network that the machines share, such as "10.0.0.5"',
    },
  },
  swarm: { own: ["ipv6"] },
  publicProblems,
  target: targetOf,
  setup: {
    schema: unpreparedHostSchema,
    target: (host, hostKey) => existingTarget({ ...host, hostKey }),
  },
  size: ({ capacity }) => capacity,
  find: async (wanted) => (await import("./find.ts")).findExisting(wanted),
} as const satisfies Kind<ExistingHostSettings>;
