import * as z from "zod";
import { defaultLogDriver, logDriverNames } from "../components/containers/logDrivers.ts";
import { defaultKind } from "../components/hosts/defaultKind.ts";
import type { Kind } from "../components/hosts/kind.ts";
import { kindsWith } from "../components/hosts/registry.ts";
import {
  domainName,
  flag,
  networkName,
  numberBetween,
  oneOf,
  text,
  variables,
  wholeNumber,
} from "../lib/rules.ts";
import { strict } from "../lib/strict.ts";
import type { ServiceRow } from "../services/definition.ts";
import type { SystemDefinition } from "../systems/define.ts";
import { externals, placeable, rowsOf } from "../systems/facts.ts";
import { defaultSystem, systems } from "../systems/index.ts";
import { alertsSchema, noAlerts } from "./alerts.ts";
import { backupProblems, backupSchema } from "./backup.ts";
import { balancerProblems } from "./balancer.ts";
import { imageSchema } from "./builds/schema.ts";
import { hostsSchema } from "./beside.ts";
import { dataRootSchema } from "./dataFolder.ts";
import { headersSchema } from "./headers.ts";
import { adminName, externalUrl, noSuperuser } from "./extras.ts";
import { jobsSchema } from "./jobs.ts";
import { overrideOf, overrideSchema } from "./override.ts";
import { ownKeyProblems } from "./ownKeys.ts";
import { environmentProblems } from "./templates.ts";
import { loggingSchema } from "./logging.ts";
import { maintenanceSchema } from "./maintenance.ts";
import { routesSchema, trustedProxiesSchema } from "./routes.ts";
import { aliasesSchema, aliasProblems } from "./aliases.ts";
import { domainProblems, domainsSchema, zoneProblems } from "./domains.ts";
import { acmeSchema, pairSchema, tlsProblems, tlsSchema } from "./tls.ts";
import { placementProblems, placementSchema, publicProblems } from "./placement.ts";
import { rotateProblems, rotateSchema } from "./rotate.ts";
import { secretProblems, secretsSchema } from "./secrets.ts";
import { swarmProblems, swarmSchema } from "./swarm.ts";
import { registriesSchema, registryProblems, registrySchema } from "./registries.ts";

import { volumeProblems, volumesSchema } from "./volumes.ts";

/** What decides which settings a stack can have. */
export interface Stack {
  system: SystemDefinition;
  /** Whether it is watched, and so has alerts. */
  watched: boolean;
  /** Whether its certificates are from a CA, and so something gets them. */
  certified: boolean;
  /** Whether it is backed up. */
  backed: boolean;
  /** Kind of its host, where that is known. */
  kind: Kind | undefined;
  /** All that it may be. */
  kinds: readonly Kind[];
  /** Machines beside it, as they are written. */
  hosts: unknown;
  /** Those of them that have a name in the file. @default all */
  named?: unknown;
  /** Nothing is going to serve: an owner's certificate may have ended. @default false */
  ended?: boolean;
}

/** A setting: what holds where a stack doesn't say it, what it is for, and what it must be. */
interface Setting<Schema extends z.ZodType> {
  preset: string | boolean | object;
  description: string;
  schema: (stack: Stack) => Schema;
  /** What people read of a setting that is of several types, which Pulumi's project file can't say. @default the preset's */
  types?: string;
}

function setting<Schema extends z.ZodType>(
  preset: Setting<Schema>["preset"],
  description: string,
  schema: Setting<Schema>["schema"],
  types?: string,
): Setting<Schema> {
  return { preset, description, schema, ...(types !== undefined && { types }) };
}

/** Every setting of a stack, each said here and nowhere else: `Pulumi.yaml` and `docs/settings.md` are made of it. */
export const settings = {
  system: setting(
    defaultSystem,
    `Which system to run. ${Object.keys(systems).join(", ")}, or a file of your own such as ./shop.ts`,
    () => text,
  ),
  host: setting(
    { kind: defaultKind },
    `Where to run it. Each kind takes what its page in docs/hosts says: ${kindsWith(() => true)}`,
    hostSchema,
  ),
  hosts: setting(
    {},
    `Machines beside host, by name, of its kind and on its private network; each says what host doesn't, such as { gpu: { gpu: nvidia-l4 } }. Not on kind ${kindsWith(({ beside }) => beside === undefined)}. See docs/hosts/several.md`,
    (stack) => hostsSchema(stack.kind, stack.kinds, hostSchema(stack)),
  ),
  placement: setting(
    {},
    `Machine among hosts on which a service runs, by service name${each(placeable)}`,
    placementSchema,
  ),
  swarm: setting(
    false,
    `Host and hosts are one Docker Swarm, as the machines of host.machines are without it: applications run on any of them, the public comes in at each, and what keeps data stays on host; on kind ${kindsWith(({ swarm }) => swarm !== undefined)}. { encrypted: false } where their network already encrypts, { mtu: 1420 } where it carries less than 1500 bytes a packet. See docs/hosts/swarm.md`,
    () => swarmSchema,
    "boolean or object",
  ),
  domains: setting(
    [],
    "Public names: the first is the system's own, others lead to it, or are answered too: [example.org, www.example.org, { name: api.example.org, serve: true }]. See docs/front.md",
    () => domainsSchema,
    "array",
  ),
  domain: setting("", "The short way for one public name, such as app.example.org", () => domainName),
  tls: setting(
    false,
    `HTTPS: true for certificates from Let's Encrypt, ${keysOf(acmeSchema)} for another CA, or ${keysOf(pairSchema)} of your own, set with --secret. See docs/tls.md`,
    () => tlsSchema,
    "boolean or object",
  ),
  network: setting(
    "",
    "Name of the private network in Docker, for a second stack of one system on one machine. Defaults to the document's",
    () => networkName,
  ),
  images: setting(
    {},
    "Image of a service, by service name, best by digest; or how it is built, { build: ../backend }. Defaults to the reference application",
    (stack) => perService(stack, () => imageSchema),
  ),
  replicas: setting({}, "How many containers of a service run, by service name", (stack) =>
    perService(stack, ({ maxReplicas }) => wholeNumber(1, maxReplicas)),
  ),
  limits: setting(
    {},
    "cpus (cores) and memory (MiB) of one container, by service name. Scaled down to what the host has",
    (stack) =>
      perService(stack, ({ minMemory }) =>
        strict({
          cpus: numberBetween(0.1, 256).optional(),
          memory: wholeNumber(minMemory, 1048576).optional(),
        }),
      ),
  ),
  environment: setting(
    {},
    "Additional environment variables, by service name; ${postgres.host} and the like stand for what an application is handed. One set with --secret is encrypted in the file and in state, not in the container",
    (stack) => perService(stack, () => variables),
  ),
  volumes: setting(
    {},
    'Volumes of your own for applications, by service name, each a name and a path inside: { backend: { data: "/app/data" } }. Kept and backed up as other data, with one writer at a time, so one replica. See docs/links.md',
    ({ system }) => volumesSchema(system),
  ),
  secrets: setting(
    {},
    "Secrets of your own, by service name and variable, { backend: { API_KEY: … } }, or by variable alone for every application, each set with --secret, or generate for one that nobody has to know, or { store: aws, name: prod/stripe } for one that a store keeps. Handed over as files as all secrets are. See docs/links.md",
    ({ system }) => secretsSchema(system),
  ),
  rotate: setting(
    {},
    "Counter of a secret that the engine makes, by its name: raised by one, the next run makes a new value, hands it to all that use it, and then has the old one refused. 1 where nothing is said; berth rotate --list says which there are. See docs/rotation.md",
    () => rotateSchema,
  ),
  secretsInEnvironment: setting(
    false,
    "Hand every application its secrets as environment variables too, for images that can't read files. docker inspect shows them then",
    () => flag,
  ),
  optional: setting(
    {},
    `Set an optional service to false to leave it out${each((system) => named(system, ({ optional }) => optional))}; of a system that is watched prometheus, grafana and the other parts too`,
    (stack) =>
      perService(
        stack,
        () => flag,
        ({ optional }) => optional === true,
      ),
  ),
  development: setting(
    {},
    "Folder of this machine mounted as a service's source, by service name. It reloads on change",
    (stack) => perService(stack, () => text),
  ),
  override: setting(
    {},
    `What else an image of your own needs, by service name: ${Object.keys(overrideSchema.shape).join(", ")}`,
    (stack) => perService(stack, overrideOf),
  ),
  jobs: setting(
    {},
    `Commands of an application's image that run before its new containers, by service name: ${Object.keys(jobsSchema.shape).join(", ")}, in this order. Each a list of words, or one text for sh. An image of your own that runs its own process has no others; in any other they stand in the place of the system's`,
    (stack) =>
      perService(
        stack,
        () => jobsSchema,
        (row) => "phase" in row && row.phase === "application",
      ),
  ),
  rates: setting(
    {},
    `requests (in the unit of the system's document) and burst that one client address may make, by zone${each(({ rates = {} }) => Object.keys(rates))}`,
    ({ system }) =>
      strict(
        Object.fromEntries(Object.keys(system.rates ?? {}).map((zone) => [zone, rateSchema.optional()])),
      ),
  ),
  headers: setting(
    {},
    `Response headers of what the public gets: ${Object.keys(headersSchema.shape).join(", ")}. See docs/front.md`,
    () => headersSchema,
  ),
  routes: setting(
    {},
    "What a path does otherwise, or a path of your own, by path. See docs/front.md",
    ({ system, watched }) => routesSchema(system, watched),
  ),
  maintenance: setting(
    {},
    `What the public gets during maintenance: ${Object.keys(maintenanceSchema.shape).join(", ")}. See docs/operating.md`,
    () => maintenanceSchema,
  ),
  trustedProxies: setting(
    [],
    "Addresses and blocks of a load balancer, CDN or proxy before this one, whose X-Forwarded-For, -Proto and -Host are believed. See docs/front.md",
    () => trustedProxiesSchema,
  ),
  aliases: setting(
    [],
    "Further names, such as www.example.org, that lead to domain; the short way of domains",
    () => aliasesSchema,
  ),
  external: setting(
    {},
    `URL of a database, Redis or bucket that somebody else runs, by name of the service or of the volume whose files go there, best set with --secret; on host kinds ${kindsWith(({ managed }) => managed)} also "managed" (not for Redis), for one that the vendor runs beside the machine${each((system) => Object.keys(externals(system, false)))}`,
    (stack) =>
      strict(
        Object.fromEntries(
          Object.entries(externals(stack.system, stack.watched)).map(([name, form]) => [
            name,
            externalUrl(form, stack, name).optional(),
          ]),
        ),
      ),
  ),
  monitoring: setting(
    false,
    `Watch the system with Prometheus, Alertmanager, Grafana and exporters; always on for ${those(({ watched }) => watched)}`,
    () => flag,
  ),
  alerts: setting(
    {},
    `When alerts of a system that is watched fire, and where they go: ${Object.keys(alertsSchema.shape).join(", ")}`,
    ({ watched }) => (watched ? alertsSchema : noAlerts),
  ),
  logging: setting(
    {},
    `Where Docker takes what containers write: { driver, options } with a driver of Docker's (${logDriverNames.join(", ")}) and its own options, what is secret set with --secret. Unless set, journald on host kinds ${kindsWith(({ logDriver }) => logDriver === "journald")}, and ${defaultLogDriver} elsewhere. See docs/logs.md`,
    ({ kind }) => loggingSchema(kind),
  ),
  backup: setting(
    {},
    `Where backups of the system's data go, encrypted, and when: ${Object.keys(backupSchema.shape).join(", ")}. None are made unless to is set. See docs/backups.md`,
    () => backupSchema,
  ),
  superuser: setting(
    "",
    `Name of an administrator to be made with a generated password, found in the output secrets (${those(({ superuser }) => superuser)})`,
    ({ system }) => (system.superuser === true ? adminName : noSuperuser),
  ),
  dataRoot: setting(
    "",
    `Folder of the machine for the data of a system that keeps it in folders (${those(({ folders }) => folders)}). Defaults to one below /opt on a server, and to a folder of the user's on this machine's Docker`,
    dataRootSchema,
  ),
  protectData: setting(true, "Keep data volumes and passwords when everything else is destroyed", () => flag),
  registries: setting(
    {},
    "username and password by registry, such as { ghcr.io: { … } }, best set with --secret. Docker's own logins hold for the others",
    () => registriesSchema,
  ),
  registry: setting(
    {},
    "mirror (host:port), and username and password for the one registry that images come from; see registries",
    () => registrySchema,
  ),
};

export const presets = Object.fromEntries(
  Object.entries(settings).map(([key, { preset }]) => [key, preset]),
) as Record<keyof typeof settings, unknown>;

type Shape = { [Key in keyof typeof settings]: ReturnType<(typeof settings)[Key]["schema"]> };

/** Every setting as it has to be on this stack. */
export function settingsSchema(stack: Stack) {
  const shape = Object.entries(settings).map(([key, { schema }]) => [key, schema(stack)]);
  // Each key has the schema that stands beside it above.
  return strict(Object.fromEntries(shape) as Shape).superRefine((given, context) => {
    const problems = [
      ...publicProblems(given, stack.kind),
      ...placementProblems(given, stack.kind),
      ...balancerProblems(given, stack),
      ...registryProblems(given),
      ...ownKeyProblems(given, stack.system),
      ...aliasProblems(given),
      ...domainProblems(given),
      ...zoneProblems(given),
      ...backupProblems(given, stack.system),
      ...secretProblems(given, stack),
      ...rotateProblems(given, stack),
    ];
    for (const [path, message] of problems) {
      context.addIssue({ code: "custom", path, message });
    }
    for (const { path, rule } of volumeProblems(given, stack)) {
      context.addIssue({ code: "custom", path, message: rule });
    }
    for (const { path, rule, got } of [
      ...environmentProblems(given, stack),
      ...tlsProblems(given, stack),
      ...swarmProblems(given, stack),
    ]) {
      context.addIssue({ code: "custom", path, message: rule, params: { got } });
    }
  });
}

function perService<Value extends z.ZodType>(
  stack: Stack,
  value: (row: ServiceRow) => Value,
  may: (row: ServiceRow) => boolean = () => true,
) {
  const rows = Object.entries(rowsOf(stack.system, stack)).filter(([, row]) => may(row));
  return strict(Object.fromEntries(rows.map(([name, row]) => [name, value(row).optional()])));
}

function keysOf({ shape }: { shape: object }): string {
  return `{ ${Object.keys(shape).join(", ")} }`;
}

/** ` (attn: …; loc8: …)`: what each of the systems has of something. */
function each(names: (system: SystemDefinition) => readonly string[]): string {
  const found = Object.values<SystemDefinition>(systems).flatMap((system) => {
    const own = names(system);
    return own.length === 0 ? [] : [`${system.name}: ${own.join(", ")}`];
  });
  return ` (${found.join("; ")})`;
}

/** `docsai, vru`: the systems of which something holds. */
function those(holds: (system: SystemDefinition) => boolean | undefined): string {
  return Object.values<SystemDefinition>(systems)
    .flatMap((system) => (holds(system) === true ? [system.name] : []))
    .join(", ");
}

function named({ services }: SystemDefinition, has: (row: ServiceRow) => unknown): string[] {
  return Object.entries(services).flatMap(([name, row]) => (has(row) ? [name] : []));
}

const rateSchema = strict({
  requests: wholeNumber(1, 100_000).optional(),
  burst: wholeNumber(0, 100_000).optional(),
});

/** Each kind has a shape of its own; which one applies is known once the kind is. */
function hostSchema({ kind, kinds }: Stack): z.ZodType {
  const shape = { kind: oneOf(kinds.map(({ name }) => name)) };
  return kind?.schema ?? z.looseObject(shape, { error: `must be a map such as { kind: ${defaultKind} }` });
}
