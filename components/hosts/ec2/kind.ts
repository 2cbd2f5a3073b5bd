import type * as z from "zod";
import { folderOf } from "../../machine/machine.ts";
import { laterRegion } from "../cloud/regions.ts";
import type { Kind } from "../kind.ts";
import { inTurn } from "../cloud/zones.ts";
import { ecrLogin } from "./ecr.ts";
import { amazon } from "./explanations.ts";
import { ec2Capacity } from "./instanceType.ts";
import { ec2Kept } from "./kept.ts";
import { ec2Reckoned } from "./reckon.ts";
import { ec2Regions } from "./regions.ts";
import { ec2HostSchema } from "./settings.ts";

/** A machine on AWS's EC2. */
export const ec2 = {
  name: "ec2",
  schema: ec2HostSchema,
  plugins: ["command", "aws"],
  managed: true,
  dataFolder: folderOf,
  beside: {
    particular: [
      "instanceType",
      "capacity",
      "dataDisk",
      "dns",
      "rebuild",
      "machines",
      "zones",
      "loadBalancer",
    ],
    same: ["region", "availabilityZone", "profile", "defaultVpc"],
    public: ["dns"],
    whole: ["machines", "zones", "loadBalancer"],
  },
  swarm: {
    own: ["dns", "dataDisk"],
    balanced: true,
    zone: "availabilityZone",
    each({ instanceType, capacity, availabilityZone, zones }, place) {
      const first = typeof availabilityZone === "string" ? availabilityZone : undefined;
      // Without zones each place has the next one of those that AWS tells of, in a run.
      const all = Array.isArray(zones) ? inTurn(zones.map(String), first) : [];
      return { instanceType, capacity, availabilityZone: all[place % all.length] };
    },
  },
  machineLogin: ecrLogin,
  // Each is made with a journal that keeps fourteen days.
  logDriver: "journald",
  kept: ec2Kept,
  knownLogOptions: ["awslogs-region"],
  explanations: amazon,
  size: ({ capacity, instanceType }) => capacity ?? ec2Capacity(instanceType),
  reckon: ec2Reckoned,
  notes: ({ region }) => laterRegion("region", region, ec2Regions),
  find: async (wanted) => (await import("./find.ts")).findEc2(wanted),
} as const satisfies Kind<z.output<typeof ec2HostSchema>>;
