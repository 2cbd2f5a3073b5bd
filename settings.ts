import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type * as z from "zod";
import type { Logging } from "./components/containers/logDrivers.ts";
import type { Kind } from "./components/hosts/kind.ts";
import { hostKinds, kindNamed, type HostSettings } from "./components/hosts/registry.ts";
import type { Rate } from "./services/proxy/rates.ts";
import { hasOneWriter, type ServiceSettings } from "./services/application/serviceSettings.ts";
import { backupOf } from "./settings/backup.ts";
import { idleBalancer, unknownBalancer } from "./settings/balancer.ts";
import { completed, isMap, isTakenOver, machinesOf } from "./settings/beside.ts";
import type { BuildSettings } from "./settings/builds/schema.ts";
import type { SourceBuild } from "./settings/builds/sources.ts";
import { sourceImage } from "./lib/sourceImage.ts";
import { hiddenWith } from "./settings/logging.ts";
import { loginsIn } from "./settings/registries.ts";
import type { GivenLogins } from "./lib/logins.ts";
import { parseReference } from "./lib/reference.ts";
import { defaultStartSeconds } from "./components/containers/health.ts";
import { probeImage } from "./components/containers/probeHealth.ts";
import { configValue } from "./lib/configValue.ts";
import { namesIn } from "./settings/domains.ts";
import { healthIn } from "./settings/override.ts";
import { containmentIn } from "./settings/containment.ts";
import { problemsOf, SettingsError, show, showKey } from "./lib/problems.ts";
import { sealedPaths } from "./lib/sealed.ts";
import { isHidden, secretsIn, type Path } from "./lib/secret.ts";
import { isApplication, ownKeys } from "./settings/ownKeys.ts";
import { plainAmong } from "./settings/plain.ts";
import { countersOf } from "./settings/rotate.ts";
import { ownSecrets } from "./settings/secrets.ts";
import { presets, settingsSchema, type Stack } from "./settings/schema.ts";
import { unknownMachines } from "./settings/swarm.ts";
import { isFromCa } from "./settings/tls.ts";
import { separated } from "./settings/templates.ts";
import { backupService, type BackupSettings } from "./services/backup/definition.ts";
import type { ServiceRow } from "./services/definition.ts";
import type { SystemDefinition } from "./systems/define.ts";
import { databasesOf, rowsOf } from "./systems/facts.ts";
import { systemNamed, systemNames } from "./systems/index.ts";
import { isFile } from "./systems/isFile.ts";
import { ownUser } from "./systems/ownUser.ts";
import { loadSystem } from "./systems/load.ts";

export { SettingsError } from "./lib/problems.ts";
export type { Path } from "./lib/secret.ts";

type Checked = z.infer<ReturnType<typeof settingsSchema>>;

/** What is said of one service at a time, or decides what else there is: told by `services` and `definition`. */
const digested = [
  ...(["system", "host", "hosts", "placement", "rates", "external", "monitoring", "backup"] as const),
  ...(["registry", "registries", "domains", "logging"] as const),
  ...([
    "images",
    "replicas",
    "volumes",
    "secrets",
    "limits",
    "environment",
    "optional",
    "development",
    "override",
    "jobs",
    "rotate",
  ] as const),
];
type Digested = (typeof digested)[number];

/** All a stack's config says, checked and with every default in its place. */
export interface Settings extends Omit<Checked, Digested> {
  /** Name of the system. */
  system: string;
  /** All that the system says of itself. */
  definition: SystemDefinition;
  host: HostSettings;
  /** All that the host's kind says of itself. */
  hostKind: Kind;
  /** Machines beside it, of the same kind and on the same private network, by name. */
  hosts: Record<string, HostSettings>;
  /** Service → machine among `hosts` on which it runs; all others are on `host`. */
  placement: Record<string, string>;
  services: Record<string, ServiceSettings>;
  /** Requests that one client address may make, by zone. */
  rates: Record<string, Rate>;
  /** URLs, with passwords, of what somebody else runs, by service. */
  external: Record<string, string>;
  /** Where Docker takes what containers write. */
  logging: Logging;
  /** Secret that the engine makes → how often it was rotated, and one; every one of the stack. */
  rotate: Record<string, number>;
  /** Where backups go, and when; nothing where none are made. */
  backup?: BackupSettings;
  /** Where images that no registry gives are looked for, as `host:port`. */
  mirror?: string;
  /** Further names that are answered as `domain` is. */
  served: readonly string[];
  /** What to log in with, by registry. */
  logins: GivenLogins;
  /** How images are built from source, by service, as it is written. */
  builds: Record<string, BuildSettings>;
  /** Services whose `override` or `jobs` are encrypted in the stack's file. */
  secretWords: readonly string[];
  /** Where a secret stands in plain text. */
  plain: readonly Path[];
  /** The same with its folders found and its image named; empty where nobody has looked. */
  sources: Record<string, SourceBuild>;
}

/** What is known of a stack beside its config. */
interface More extends Pick<Stack, "ended"> {
  /** Where its file is encrypted. @default below each key that is a secret */
  sealed?: readonly Path[] | undefined;
}

/** There in the SDK, though not in its types (pulumi/pulumi sdk/nodejs/runtime/config.ts). */
const { isConfigSecret } = pulumi.runtime as unknown as { isConfigSecret: (key: string) => boolean };

/**
 * Reads the stack's config; the only place that does. Relative paths in it begin at `folder`. Throws
 * {@link SettingsError}.
 *
 * @param folder - @default where the program's Pulumi.yaml is
 * @param sealed - where the stack's file is encrypted. @default what that beside Pulumi.yaml says
 */
export async function readSettings(
  folder = pulumi.runtime.getRootDirectory(),
  sealed?: readonly Path[],
): Promise<Settings> {
  const prefix = `${pulumi.getProject()}:`;
  const config = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith(prefix));
  const given = Object.fromEntries(config.map(([key, value]) => [key.slice(prefix.length), value]));
  const secret = config.flatMap(([key]) => (isConfigSecret(key) ? [key] : []));
  return settingsFrom(
    given,
    folder,
    secret.map((key) => key.slice(prefix.length)),
    { sealed: sealed ?? (secret.length > 0 ? await sealedInFile() : undefined) },
  );
}

/** The engine says of a key that some of it is encrypted, and the file alone which. Nothing where it is elsewhere. */
async function sealedInFile(): Promise<readonly Path[] | undefined> {
  const folder = pulumi.runtime.getRootDirectory();
  if (folder === "") return undefined;
  const file = join(folder, `Pulumi.${pulumi.getStack()}.yaml`);
  try {
    const { parse } = await import("yaml");
    const { config } = parse(await readFile(file, "utf8"), { logLevel: "error" }) as {
      config: Record<string, unknown>;
    };
    return sealedPaths(config, pulumi.getProject());
  } catch {
    return undefined;
  }
}

/**
 * Checks plain config, and loads the system where a file of somebody's own defines it; a relative path begins at
 * `folder`. `secretKeys` hold secrets, which no error shows. What the program and the command line say of a config is
 * this function's word. Throws {@link SettingsError}.
 */
export async function settingsFrom(
  config: Record<string, unknown>,
  folder: string,
  secretKeys: readonly string[] = [],
  more: More = {},
): Promise<Settings> {
  const meant = Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, meantBy(key, value, folder)]),
  );
  const settings = parseSettings(meant, await ownSystem(meant, folder), hostKinds, secretKeys, more);
  return isEmpty(settings.builds) ? settings : await withSources(settings, folder);
}

/** Each image that is built has a name that says what of. Loads what reads the sources only where there are some. */
async function withSources(settings: Settings, folder: string): Promise<Settings> {
  const { sourceBuilds } = await import("./settings/builds/sources.ts");
  const sources = await sourceBuilds(settings.builds, folder);
  const unread = new Map(
    Object.entries(sources).map(([name, { reference }]) => [sourceImage(name, "unread"), reference]),
  );
  // What makes backups runs a database's, whatever that is built of.
  const imageOf = (name: string, { image }: ServiceSettings) =>
    sources[name]?.reference ?? (name === backupService ? unread.get(image) : undefined) ?? image;
  const services = Object.entries(settings.services).map(([name, service]): [string, ServiceSettings] => [
    name,
    { ...service, image: imageOf(name, service) },
  ]);
  return { ...settings, sources, services: Object.fromEntries(services) };
}

function isEmpty(map: object): boolean {
  return Object.keys(map).length === 0;
}

/** What a value in the config means: of all that isn't text, the JSON that the engine hands over. */
function meantBy(key: string, value: unknown, folder: string): unknown {
  if (typeof presets[key as keyof typeof presets] === "string") return asText(value);
  const meant = configValue(value);
  if (key !== "development" || !isMap(meant)) return meant;
  const whole = ([name, source]: [string, unknown]) => [
    name,
    typeof source === "string" ? resolve(folder, source) : source,
  ];
  return Object.fromEntries(Object.entries(meant).map(whole));
}

/** A map or a list in the place of a text is the JSON that the engine hands over, to whoever reads it from the file too. */
function asText(value: unknown): string {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}

/** The system of a file of somebody's own, where `system` names one. Throws {@link SettingsError}. */
export async function ownSystem(
  { system }: Record<string, unknown>,
  folder: string,
): Promise<SystemDefinition | undefined> {
  return isFile(system) ? loadSystem(system, folder) : undefined;
}

/**
 * Checks plain config and completes it. `own` is the system that a file of somebody's own defines, where `system`
 * names one; a host may be of one of `kinds`; no error shows a value of `secretKeys`. Throws {@link SettingsError} with everything that is wrong at once.
 */
export function parseSettings(
  config: Record<string, unknown>,
  own?: SystemDefinition,
  kinds: readonly Kind[] = hostKinds,
  secretKeys: readonly string[] = [],
  { ended, sealed }: More = {},
): Settings {
  const words = protoKeys(config);
  if (words.length > 0)
    throw new SettingsError(words.map((path) => `${path}: must not be a word of JavaScript, got "${proto}"`));
  const written = { ...presets, ...config };
  const kind = isMap(written.host) ? kindNamed(written.host.kind, kinds) : undefined;
  const given = {
    ...written,
    hosts: completed(written.hosts, written.host, kind),
    ...(config.swarm === undefined && machinesOf(written.host, kind) > 1 && { swarm: true }),
  };
  const system = own ?? systemNamed(given.system);
  if (system === undefined) {
    throw new SettingsError([`system: must be one of ${systemNames.join(", ")}, got ${show(given.system)}`]);
  }
  const watched = Boolean(given.monitoring) || system.watched === true;
  const certified = isFromCa(given.tls);
  const backed = isMap(given.backup) && given.backup.to !== undefined;
  const parts = { watched, certified, backed };
  const table = rowsOf(system, parts);
  const { rates: zones = {} } = system;
  const machines = { kind, kinds, hosts: given.hosts, named: written.hosts };
  const schema = settingsSchema({ system, ...parts, ...(ended !== undefined && { ended }), ...machines });
  const result = schema.safeParse(given);
  // A host of no kind fails the check too.
  if (!result.success || kind === undefined) {
    const left = Object.keys(rowsOf(system, { ...parts, watched: true })).filter(
      (name) => table[name] === undefined,
    );
    const once = (result.error?.issues ?? []).filter((issue) => !isTakenOver(issue, written.hosts, kind));
    const hidden = { secretKeys, isHidden: (path: Path, value: unknown) => isHidden(schema, path, value) };
    const problems = problemsOf(once, given, hidden).map(
      (problem) =>
        unknownMachines(problem, written.host, kind, kinds) ??
        unknownBalancer(problem, written.host, kind, kinds) ??
        withReason(problem, left),
    );
    throw new SettingsError(problems);
  }
  const checked = result.data;
  const backup = backupOf(checked.backup);
  const wanted = Object.entries(table).filter(
    ([name, row]) =>
      (!row.optional || checked.optional[name] !== false) && checked.external[name] === undefined,
  );
  const settings: Settings = {
    ...plainOf(checked),
    ...namesIn(checked),
    system: system.name,
    definition: system,
    host: checked.host as HostSettings,
    hostKind: kind,
    hosts: checked.hosts as Record<string, HostSettings>,
    placement: Object.fromEntries(
      Object.entries(checked.placement).flatMap(([service, machine]) =>
        machine === undefined ? [] : [[service, machine]],
      ),
    ),
    services: Object.fromEntries(
      wanted.map(([name, row]) => {
        const image = name === backupService ? backupImage(system, checked) : undefined;
        const made = image === undefined ? row : { ...row, image };
        const application = isApplication(system, name);
        return [name, serviceSettings(name, made, checked, { system, secretKeys, application })];
      }),
    ),
    rates: Object.fromEntries(
      Object.entries(zones).map(([zone, rate]) => [zone, { ...rate, ...checked.rates[zone] }]),
    ),
    external: checked.external as Record<string, string>,
    ...(backup && { backup }),
    logging: hiddenWith(checked.logging, secretKeys),
    rotate: countersOf(checked, { system, watched }),
    mirror: checked.registry.mirror,
    logins: loginsIn(checked),
    builds: Object.fromEntries(
      Object.entries(checked.images).flatMap(([name, image]) =>
        typeof image === "object" ? [[name, image]] : [],
      ),
    ),
    sources: {},
    plain: plainAmong(secretsIn(schema, given), { secretKeys, sealed }),
    // A command's words may be anything, a login too.
    secretWords: (["override", "jobs"] as const).flatMap((key) =>
      secretKeys.includes(key) ? Object.keys(checked[key]) : [],
    ),
  };
  const idle = idleBalancer(settings.host, system, settings);
  if (idle.length > 0) throw new SettingsError(idle);
  return settings;
}

/** What objects of JavaScript have beside their own keys: a map that is written with it would be read without it, in silence. */
const proto = "__proto__";

/** Paths of all keys of that name, as messages have them. */
function protoKeys(value: unknown, path = ""): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    const here = path === "" ? showKey(key) : `${path}.${showKey(key)}`;
    return key === proto ? [here] : protoKeys(inner, here);
  });
}

/** What is taken over as it was said. */
function plainOf(checked: Checked): Omit<Checked, Digested> {
  const kept = Object.entries(checked).filter(([key]) => !digested.some((each) => each === key));
  return Object.fromEntries(kept) as Omit<Checked, Digested>;
}

/** An unknown key that would be known in a stack that is monitored. */
function withReason(problem: string, left: readonly string[]): string {
  const found = /^\w+\.([\w-]+): unknown key/.exec(problem)?.[1];
  return found !== undefined && left.includes(found)
    ? problem.replace(": unknown key", ": unknown key unless monitoring is true")
    : problem;
}

function defaultMemory(row: ServiceRow, source: string | undefined): number {
  return source === undefined ? row.memory : (row.developmentMemory ?? row.memory);
}

function defaultImage(row: ServiceRow, source: string | undefined): string {
  return source === undefined ? row.image : (row.developmentImage ?? row.image);
}

/** What is built has no name before its sources were read. */
function imageIn(image: string | BuildSettings | undefined, name: string): string | undefined {
  return typeof image === "object" ? sourceImage(name, "unread") : image;
}

/**
 * What makes backups runs a database's image, whatever settings make that: of several the newest, whose pg_dump reads
 * the others too. The probe's where there is none.
 */
function backupImage(system: SystemDefinition, { images, optional }: Checked): string | undefined {
  const all = databasesOf(system);
  if (all.length === 0 || images[backupService] !== undefined) return undefined;
  const [newest] = all
    .filter(({ name }) => optional[name] !== false)
    .map(({ name, image }) => imageIn(images[name], name) ?? image)
    .toSorted((a, b) => majorOf(b) - majorOf(a));
  return newest ?? probeImage;
}

/** Of an image whose tag says so, such as postgres:17-alpine. */
function majorOf(image: string): number {
  return Number(/^\d+/.exec(parseReference(image).tag)?.[0] ?? 0);
}

function serviceSettings(
  name: string,
  row: ServiceRow,
  checked: Checked,
  {
    system,
    secretKeys,
    application,
  }: { system: SystemDefinition; secretKeys: readonly string[]; application: boolean },
): ServiceSettings {
  const override = checked.override[name] ?? {};
  const volumes = checked.volumes[name];
  const secrets = application ? ownSecrets(checked.secrets, name) : {};
  // An image that settings name has a user of its own, and volumes that they name may hold what was written before.
  const ours = application && checked.images[name] === undefined && volumes === undefined;
  return {
    name,
    image: imageIn(checked.images[name], name) ?? defaultImage(row, checked.development[name]),
    user: override.user ?? (ours ? ownUser(system, name) : undefined) ?? row.user,
    replicas: checked.replicas[name] ?? (hasOneWriter({ volumes }) ? 1 : row.replicas),
    limits: {
      cpus: row.cpus,
      memory: defaultMemory(row, checked.development[name]),
      ...checked.limits[name],
    },
    graceSeconds: override.graceSeconds ?? row.graceSeconds,
    port: override.port ?? row.port ?? 0,
    ...healthIn(override, row),
    healthSeconds: override.healthSeconds,
    healthCommand: override.healthCommand,
    startSeconds: override.startSeconds ?? defaultStartSeconds,
    ...(volumes !== undefined && { volumes }),
    ...(!isEmpty(secrets) && { secrets }),
    ...separated(checked.environment[name] ?? {}),
    secretEnvironment: secretKeys.includes("environment"),
    command: override.command,
    source: checked.development[name],
    sourceFolder: override.sourceFolder ?? row.sourceFolder ?? "/app",
    secretsInEnvironment: override.secretsInEnvironment ?? checked.secretsInEnvironment,
    metrics: override.metrics ?? row.metrics ?? "",
    devices: override.devices,
    ...containmentIn(override),
    ...(application && ownKeys(checked.images[name], override, row)),
    ...(checked.jobs[name] && { jobs: checked.jobs[name] }),
  };
}
