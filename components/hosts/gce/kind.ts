import type * as z from "zod";
import { folderOf } from "../../machine/machine.ts";
import { laterRegion } from "../cloud/regions.ts";
import type { Kind } from "../kind.ts";
import { inTurn } from "../cloud/zones.ts";
import { artifactLogin } from "./artifactRegistry.ts";
import { google } from "./explanations.ts";
import { machineCapacity, machineTypeFor } from "./gpu.ts";
import { gceKept } from "./kept.ts";
import { gceReckoned } from "./reckon.ts";
import { gceRegions, regionOf, zonesOf } from "./regions.ts";
import { gceHostSchema } from "./settings.ts";
import { laterZone } from "./zones.ts";

/** A machine on Google's Compute Engine. */
export const gce = {
  name: "gce",
  schema: gceHostSchema,
  plugins: ["command", "gcp"],
  managed: true,
  dataFolder: folderOf,
  beside: {
    particular: [
      "machineType",
      "gpu",
      "capacity",
      "dataDisk",
      "dns",
      "rebuild",
      "machines",
      "zones",
      "loadBalancer",
    ],
    same: ["project"],
    public: ["dns"],
    whole: ["machines", "zones", "loadBalancer"],
    problems(host, one) {
      const region = regionOf(String(host.zone));
      return region === regionOf(String(one.zone))
        ? []
        : [["zone", `must be in region ${region}, as host.zone is`]];
    },
  },
  swarm: {
    own: ["dns", "dataDisk"],
    // A VPC network's, unless it is made with another (Google Cloud, "Maximum transmission unit").
    mtu: 1460,
    balanced: true,
    each({ machineType, capacity, zone, zones }, place) {
      const given = Array.isArray(zones) ? zones.map(String) : zonesOf(regionOf(String(zone)));
      const all = inTurn(given, String(zone));
      return { machineType, capacity, zone: all[place % all.length] };
    },
  },
  machineLogin: artifactLogin,
  // Each is made with a journal that keeps fourteen days.
  logDriver: "journald",
  kept: gceKept,
  knownLogOptions: ["gcp-project"],
  explanations: google,
  size: ({ machineType, gpu, capacity }) =>
    machineCapacity(machineType ?? machineTypeFor(gpu), gpu, capacity),
  reckon: gceReckoned,
  notes: ({ zone }) => [...laterRegion("zone", regionOf(zone), gceRegions), ...laterZone("zone", zone)],
  find: async (wanted) => (await import("./find.ts")).findGce(wanted),
} as const satisfies Kind<z.output<typeof gceHostSchema>>;
