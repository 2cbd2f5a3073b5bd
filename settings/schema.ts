import * as z from "zod";
import { hostKinds, type HostKind } from "../components/hosts/host.ts";
import type { SystemDefinition } from "../systems/define.ts";
import { rowsOf } from "../systems/facts.ts";
import { ec2HostSchema } from "../components/hosts/ec2/settings.ts";
import { hostsSchema } from "./beside.ts";
import { existingHostSchema } from "../components/hosts/existing/settings.ts";
import { gceHostSchema } from "../components/hosts/gce/settings.ts";
import { localHostShape } from "../components/hosts/local/settings.ts";
import { alertsSchema, noAlerts } from "./alerts.ts";
import { adminName, externalUrl, noSuperuser } from "./extras.ts";
import {
  devicePath,
  domainName,
  flag,
  folderPath,
  imageReference,
  metricsPath,
  networkName,
  numberBetween,
  oneOf,
  text,
  urlPath,
  userId,
  variables,
  wholeNumber,
} from "../lib/rules.ts";
import { placementProblems, placementSchema } from "./placement.ts";
import { strict } from "../lib/strict.ts";

/** Every config key of a stack for a system with these services; `Pulumi.yaml` describes the same keys. */
export function settingsSchema({ system, watched, kind, hosts }: Stack) {
  const services = rowsOf(system, watched);
  const names = Object.keys(services);
  const perService = <T extends z.ZodType>(value: (name: string) => T, of = names) =>
    strict(Object.fromEntries(of.map((name) => [name, value(name).optional()])));
  const optional = names.filter((name) => services[name]?.optional);
  return strict({
    system: text,
    host: hostSchema(kind),
    hosts: hostsSchema(kind, hostSchema(kind)),
    placement: placementSchema(system, watched, hosts),
    domain: domainName,
    network: networkName,
    images: perService(() => imageReference),
    replicas: perService((name) => wholeNumber(1, services[name]?.maxReplicas ?? 1)),
    limits: perService((name) =>
      strict({
        cpus: numberBetween(0.1, 256).optional(),
        memory: wholeNumber(services[name]?.minMemory ?? 4, 1048576).optional(),
      }),
    ),
    environment: perService(() => variables),
    optional: perService(() => flag, optional),
    development: perService(() => text),
    override: perService(() => overrideSchema),
    rates: strict(
      Object.fromEntries(Object.keys(system.rates ?? {}).map((zone) => [zone, rateSchema.optional()])),
    ),
    external: perService(
      (name) => externalUrl(services[name]?.external, kind === "gce" || kind === "ec2"),
      names.filter((name) => services[name]?.external),
    ),
    monitoring: flag,
    alerts: watched ? alertsSchema : noAlerts,
    superuser: system.superuser === true ? adminName : noSuperuser,
    dataRoot: folderPath,
    protectData: flag,
    registry: strict({ mirror: text.optional(), username: text.optional(), password: text.optional() }),
  }).superRefine((machines, context) => {
    for (const [path, message] of placementProblems(machines)) {
      context.addIssue({ code: "custom", path, message });
    }
  });
}

/** What decides which settings a stack can have. */
export interface Stack {
  system: SystemDefinition;
  /** Whether it is watched, and so has alerts. */
  watched: boolean;
  /** Kind of its host, where that is known. */
  kind: HostKind | undefined;
  /** Machines beside it, as they are written. */
  hosts: unknown;
}

const rateSchema = strict({
  requests: wholeNumber(1, 100_000).optional(),
  burst: wholeNumber(0, 100_000).optional(),
});

/** Each kind has a shape of its own; which one applies is known once the kind is. */
function hostSchema(kind: HostKind | undefined) {
  switch (kind) {
    case "local":
      return strict(localHostShape);
    case "existing":
      return existingHostSchema;
    case "gce":
      return gceHostSchema;
    case "ec2":
      return ec2HostSchema;
    default:
      return z.looseObject({ kind: oneOf(hostKinds) });
  }
}

const overrideSchema = strict({
  user: userId.optional(),
  port: wholeNumber(1, 65535).optional(),
  health: urlPath.optional(),
  healthCommand: z.array(text, { error: "must be a list of words" }).optional(),
  startSeconds: wholeNumber(1, 3600).optional(),
  graceSeconds: wholeNumber(1, 3600).optional(),
  command: z.array(text, { error: "must be a list of words" }).optional(),
  sourceFolder: urlPath.optional(),
  secretsInEnvironment: flag.optional(),
  metrics: metricsPath.optional(),
  devices: z.array(devicePath, { error: "must be a list of devices" }).optional(),
});
