import * as z from "zod";
import { gpuProblem, gpuTypes, machineCapacity, machineTypeFor, type GceGpu } from "./gpu.ts";
import { gceRegions, regionOf } from "./regions.ts";
import { zoneForm, zoneRule } from "./zones.ts";
import { flag, oneOf, rule } from "../../../lib/rules.ts";
import { strict } from "../../../lib/strict.ts";
import { inRegion } from "../cloud/regions.ts";
import { cloudShape, diskSize, dnsShape, like, members, sshShape } from "../cloud/settings.ts";

const gpu = rule(
  `must be one of ${gpuTypes.join(", ")}, or a map such as { type: nvidia-tesla-t4, count: 2 }`,
  (value): value is string | GceGpu => isGpu(value),
).transform((value): GceGpu => (typeof value === "string" ? { type: value, count: 1 } : value));

function isGpu(value: unknown): boolean {
  if (typeof value === "string") return gpuTypes.includes(value);
  if (typeof value !== "object" || value === null || !("type" in value) || !("count" in value)) return false;
  const counts: unknown[] = [1, 2, 4, 8];
  return (
    Object.keys(value).length === 2 && gpuTypes.includes(String(value.type)) && counts.includes(value.count)
  );
}

const listOfZones = 'must be a list of zones such as ["europe-west4-a", "europe-west4-b"], one or more';

const zone = inRegion(
  like('must be a zone such as "europe-west4-a"; gcloud compute zones list prints all', zoneForm),
  gceRegions,
  regionOf,
).superRefine((name, context) => {
  const message = zoneRule(name);
  if (message !== undefined) context.addIssue({ code: "custom", message });
});

/** Settings of host kind `gce`. */
export const gceHostShape = {
  kind: oneOf(["gce"]),
  project: like(
    'must be a project id such as "my-project-1"; gcloud projects list prints yours',
    /^(?:[a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
  ),
  zone,
  zones: z
    .array(zone, { error: listOfZones })
    .min(1, listOfZones)
    .optional()
    .describe("Over which `machines` go in turn, the first in `zone`; all of the region unless set"),
  machineType: like('must be a machine type such as "e2-standard-4"', /^[a-z0-9]+(?:-[a-z0-9]+)+$/)
    .optional()
    .describe("`e2-standard-4` unless set; with a GPU the smallest that takes it"),
  gpu: gpu.optional().describe("Its driver and container toolkit are installed"),
  image: like(
    'must be an image family of Debian or Ubuntu such as "debian-cloud/debian-12"',
    /^[a-z][a-z0-9-]+\/(?:debian|ubuntu)-[a-z0-9-]+$/,
  ).default("debian-cloud/debian-12"),
  systemDisk: diskSize(20, 30, "of the disk that goes with the machine"),
  dataDisk: strict({
    size: diskSize(10, 50, "of the disk that holds all data"),
    type: oneOf(["pd-standard", "pd-balanced", "pd-ssd"]).default("pd-balanced"),
  }).prefault({}),
  database: strict({
    tier: like(
      'must be a Cloud SQL machine type such as "db-custom-1-3840"',
      /^db-(?:custom-\d+-\d+|f1-micro|g1-small|perf-optimized-[A-Z]-\d+)$/,
    )
      .default("db-custom-1-3840")
      .describe("Of a database that Google runs (`external: managed`)"),
    disk: diskSize(10, 20, "that it begins with; Google grows it"),
  }).prefault({}),
  dns: strict(dnsShape).optional(),
  enableApis: flag.default(true).describe("Turn on the APIs that an empty project has off"),
  ssh: strict({
    ...sshShape,
    members: members.default([]).describe("Who may use the IAP tunnel beside those who may already"),
  }),
  ...cloudShape,
};

export const gceHostSchema = strict(gceHostShape).superRefine((host, context) => {
  const machineType = host.machineType ?? machineTypeFor(host.gpu);
  const problem = host.gpu && gpuProblem(machineType, host.gpu);
  if (problem !== undefined) context.addIssue({ code: "custom", path: ["machineType"], message: problem });
  for (const [index, one] of (host.zones ?? []).entries()) {
    if (regionOf(one) === regionOf(host.zone)) continue;
    const message = `must be in region ${regionOf(host.zone)}, as host.zone is`;
    context.addIssue({ code: "custom", path: ["zones", index], message });
  }
  if (machineCapacity(machineType, host.gpu, host.capacity) === undefined) {
    const message =
      "must be a machine type Berth knows, or host.capacity must say its cpus, memory (MiB) and gpus";
    context.addIssue({ code: "custom", path: ["machineType"], message });
  }
});
