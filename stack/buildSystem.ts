import * as pulumi from "@pulumi/pulumi";
import { makeBackups, type BackedUp } from "./backups.ts";
import type { Part, ServiceDefinition } from "../services/definition.ts";
import type { ServiceSettings } from "../services/application/serviceSettings.ts";
import type { Kept } from "../services/backup/kept.ts";
import type { MonitoringArgs } from "../services/monitoring/monitoring.ts";
import type { Project, SystemDefinition } from "../systems/define.ts";
import { buckets, exporterOf, queuesOf } from "../systems/facts.ts";
import { Applications } from "./applications.ts";
import { Places } from "./places.ts";
import type { System, SystemArgs } from "./system.ts";
import { orNone, Watching } from "./watching.ts";

/** A system, or one of its projects: the parent of what belongs to it. */
class Group extends pulumi.ComponentResource {
  constructor(type: string, name: string, parent?: pulumi.Resource) {
    super(`berth:systems:${type}`, name, {}, { parent });
  }

  complete(): void {
    this.registerOutputs();
  }
}

const phases: readonly ServiceDefinition["phase"][] = ["store", "application", "proxy"];

/** Builds what a definition says; the only place that makes a system's resources. */
export async function buildSystem(system: SystemDefinition, args: SystemArgs): Promise<System> {
  const all = new Group(system.component ?? capitalised(system.name), system.name);
  const groups = (system.projects ?? []).map((project) => ({
    project,
    group: groupOf(system, project, all),
  }));
  const groupFor = (service: string): Group =>
    groups.find(({ project }) => project.services.includes(service))?.group ?? all;
  const first = groups[0]?.group ?? all;
  const places = new Places(system.network, args, { parent: first });
  const dataRoot = system.folders === true ? args.dataRoot : undefined;
  const watching = new Watching(
    { ...places.home, services: args.services, alerts: args.alerts, dataRoot },
    first,
  );
  const parts = new Map<string, Part>();
  const exporters = new Set<string>();
  const applications = new Applications(system, args, {
    places,
    watched: watching.active,
    parts,
    optsOf: (service) => ({ parent: service === undefined ? all : groupFor(service) }),
    before: (migration, { service, scope }) => backups?.before(migration, scope.image(service.image)) ?? [],
  });
  for (const name of buckets(system)) {
    const external = args.external[name];
    if (external !== undefined) parts.set(name, await bucket(name, external));
  }
  let backups: BackedUp | undefined;
  for (const phase of phases) {
    // Of what stores keep, and before the first migration.
    if (phase === "application")
      backups = await makeBackups(args, places.home, { kept: allKept() }, { parent: all });
    for (const [name, definition] of Object.entries(system.services)) {
      if (definition.phase !== phase) continue;
      const part = await buildService(name, definition);
      if (part !== undefined) parts.set(name, part);
    }
  }
  applications.jobs.build();
  const extra = await system.extra?.({
    scope: args.scope,
    opts: { parent: all },
    superuser: args.superuser,
    argsOf: (service) => applications.jobArgs(service),
    job: (job) => applications.jobs.gate(job),
    resource: (service) => parts.get(service)?.resource,
  });
  return describe();

  async function bucket(name: string, external: string): Promise<Part> {
    const { externalStore } = await import("../services/objectStore/build.ts");
    const opts = { parent: groupFor(system.volumes?.[name]?.of ?? "") };
    return externalStore({ name, scope: args.scope, external, opts });
  }

  function allKept(): Kept {
    const kept = [...parts.values()].flatMap((part) => part.kept ?? []);
    const volumes = Object.assign(
      {},
      ...kept.map((one) => one.volumes),
      applications.kept(),
    ) as Kept["volumes"];
    return { databases: kept.flatMap(({ databases = [] }) => databases), volumes };
  }

  async function buildService(name: string, definition: ServiceDefinition): Promise<Part | undefined> {
    const opts = { parent: groupFor(name) };
    const external = args.external[name];
    if (external !== undefined) {
      return definition.buildExternal?.({ name, scope: args.scope, external, opts });
    }
    const service = args.services[name];
    if (service === undefined) return undefined;
    return definition.build({
      name,
      service,
      place: places.placeOf(name),
      members: args.members ?? [],
      opts,
      context: applications.context(name),
      after: applications.comesAfter(name),
      dataRoot,
      application: () => applications.serviceArgs(name),
      settingsOf: (other) => applications.settingsOf(other),
      exporter: exporterFor(name, definition),
      lists: queuesOf(system).flatMap((queue) => (queue.in === name ? [queue.list] : [])),
      part: (other) => parts.get(other),
      keeper: (volume) =>
        buckets(system).includes(volume) && parts.has(volume) ? system.volumes?.[volume]?.of : undefined,
      answering: Object.keys(system.services).flatMap((other) => {
        const backend = groupFor(other) === groupFor(name) ? parts.get(other)?.backend : undefined;
        return backend ?? [];
      }),
      mounts: (mounts) => applications.mounts(mounts),
      rates: args.rates,
      publicly: args.publicly,
      monitoringRoutes: (hidden) => watching.routes(...hidden),
    });
  }

  /** Services may share an exporter's name: it is the first one's. */
  function exporterFor(name: string, definition: ServiceDefinition): ServiceSettings | undefined {
    const exporter = exporterOf(name, definition);
    if (definition.exporter === undefined || exporters.has(exporter)) return undefined;
    exporters.add(exporter);
    return args.services[exporter];
  }

  function describe(): System {
    const built = [...parts.values(), ...(backups ? [backups] : [])];
    const watched = watching.watch(
      watchedParts([...inOrder(system, parts), ...(backups ? [backups] : [])], byKind(system, parts)),
      all,
    );
    const released = built.flatMap((part) => part.released ?? []);
    const ready = pulumi.all([...released, watched]).apply(() => true as const);
    for (const { group } of groups) group.complete();
    all.complete();
    retireSecrets(ready);
    return {
      network: places.home.network.networkName,
      endpoints: inOrder(system, parts).flatMap(({ backend }) => backend ?? []),
      ready,
      pages: { ...system.pages, ...watching.pages() },
      secrets: orNone({
        ...(Object.assign({}, ...built.map(({ secrets }) => secrets)) as Part["secrets"]),
        ...extra?.secrets,
        ...watching.secrets(),
      }),
    };
  }

  /** When all that knew the former ones has been released. A group of its own: it comes after the whole system. */
  function retireSecrets(ready: pulumi.Output<true>): void {
    const retiring = [...parts.values()].flatMap(({ retire }) => retire ?? []);
    if (retiring.length === 0) return;
    const parent = new Group("Rotation", "rotation");
    const graces = Object.entries(system.services).flatMap(([name, { phase }]) =>
      phase === "application" ? (args.services[name]?.graceSeconds ?? []) : [],
    );
    const stopSeconds = Math.max(0, ...graces);
    for (const retire of retiring) retire({ ready, dependsOn: [all], parent, stopSeconds });
    parent.complete();
  }
}

function groupOf(system: SystemDefinition, { name }: Project, parent: Group): Group {
  return new Group(`${system.name}:${name.split("-").map(capitalised).join("")}`, name, parent);
}

/** What monitoring has to know of all parts together; `sorted` are those of services, by what they are. */
function watchedParts(
  parts: readonly Part[],
  sorted: readonly Part[],
): Omit<MonitoringArgs, "scope" | "network" | "services"> {
  const all = parts.flatMap(({ watched }) => watched ?? []);
  const byKind = sorted.flatMap(({ watched }) => watched ?? []);
  return {
    web: all.flatMap(({ web = [] }) => web),
    stores: byKind.flatMap(({ stores = [] }) => stores),
    proxies: all.flatMap(({ proxies = [] }) => proxies),
    others: all.flatMap(({ others = [] }) => others),
    exporters: byKind.flatMap(({ exporters = [] }) => exporters),
  };
}

/** Stores first and proxies last, each kind's together: Prometheus's files are the same however a system lists them. */
function byKind({ services }: SystemDefinition, parts: ReadonlyMap<string, Part>): Part[] {
  const rank = ({ phase, kind }: ServiceDefinition) => `${phases.indexOf(phase)} ${kind}`;
  const sorted = Object.entries(services).toSorted(([, one], [, other]) =>
    rank(one) < rank(other) ? -1 : rank(one) > rank(other) ? 1 : 0,
  );
  return sorted.flatMap(([name]) => parts.get(name) ?? []);
}

function inOrder({ services }: SystemDefinition, parts: ReadonlyMap<string, Part>): Part[] {
  return Object.keys(services).flatMap((name) => parts.get(name) ?? []);
}

function capitalised(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
