import { fingerprint } from "../components/containers/hash.ts";
import { certificatesName, certificatesRow } from "../services/certificates/definition.ts";
import type { ExternalForm, ServiceRow } from "../services/definition.ts";
import { backupRow, backupService } from "../services/backup/definition.ts";
import { storeForm } from "../services/objectStore/form.ts";
import { monitors } from "../services/monitoring/definition.ts";
import type { ServiceOf, SystemDefinition } from "./define.ts";

export { backupService, targetFolder as backupFolder } from "../services/backup/definition.ts";
export { certificatesName, reasonFile } from "../services/certificates/folders.ts";
export { liveConf, maintenanceFlag } from "../services/proxy/places.ts";
export { placeholderOrganisation } from "../services/proxy/watch.ts";
export { filesImage, entryRow } from "../services/proxy/definition.ts";

export type ServiceRows = Readonly<Record<string, ServiceRow>>;

/** A system's name for people. */
export function titleOf({ name, title }: Pick<SystemDefinition, "name" | "title">): string {
  return title ?? name.toUpperCase();
}

/** What a stack may have beside a system's own services; all of it where nothing is said. */
interface Additions {
  /** What monitors it. */
  watched?: boolean;
  /** What gets its certificates from a CA. */
  certified?: boolean;
  /** What backs it up. */
  backed?: boolean;
}

/** Every service that a system may run, with what settings may add to it. */
export function rowsOf(
  system: SystemDefinition,
  { watched = true, certified = true, backed = true }: Additions = {},
): ServiceRows {
  const { services } = system;
  return {
    ...services,
    ...((watched || system.watched) && monitorsOf(system)),
    ...(certified && publicProxy(system) && { [certificatesName]: certificatesRow }),
    ...(backed &&
      !(backupService in services) && { [backupService]: backupRow(databasesOf(system)[0]?.image) }),
  };
}

/** The PostgreSQL servers of a system. */
export function databasesOf({ services }: SystemDefinition): (ServiceOf & { name: string })[] {
  return Object.entries(services).flatMap(([name, service]) =>
    service.kind === "postgres" ? [{ ...service, name }] : [],
  );
}

/** What monitors a system: the same parts for each, and the exporters of its own stores and proxies. */
function monitorsOf({ services }: SystemDefinition): ServiceRows {
  const exporters = Object.entries(services).flatMap(([name, { exporter }]) =>
    exporter === undefined ? [] : [[exporterOf(name, { exporter }), exporter.row] as const],
  );
  return { ...monitors, ...Object.fromEntries(exporters) };
}

/** A host name of a long one, still told from others; 63 is the most that DNS takes. */
function hostLabel(name: string, ending: string): string {
  const rest = 63 - ending.length;
  return name.length <= rest
    ? `${name}${ending}`
    : `${name.slice(0, rest - 7)}-${fingerprint(name).slice(0, 6)}${ending}`;
}

/** Name of the exporter of another service. */
export function exporterOf(name: string, { exporter }: Pick<ServiceOf, "exporter">): string {
  return exporter?.name ?? hostLabel(name, "-exporter");
}

/** Services that may run on another machine than the stack's own: no data, and no volume but folders of their own. */
export function placeable({ services, volumes = {} }: SystemDefinition): string[] {
  return Object.entries(services).flatMap(([name, { placeable: may, mounts = [], socket }]) => {
    const shared = mounts.filter(
      ({ volume }) => volumes[volume]?.keeps !== "folder" || volumes[volume].of !== name,
    );
    return may === true && shared.length === 0 && socket === undefined ? [name] : [];
  });
}

/** What may run elsewhere, or have its files there, with the form of its URL. */
export function externals(system: SystemDefinition, monitoring = true): Record<string, ExternalForm> {
  const rows = Object.entries(rowsOf(system, { watched: monitoring })).flatMap(([name, { external }]) =>
    external === undefined ? [] : [[name, external] as const],
  );
  return Object.fromEntries([...rows, ...buckets(system).map((name) => [name, storeForm] as const)]);
}

/** Volumes whose files may be in a bucket. */
export function buckets({ volumes = {} }: Pick<SystemDefinition, "volumes">): string[] {
  return Object.keys(volumes).filter((name) => volumes[name]?.bucket === true);
}

/** Those of them that a service mounts. */
export function bucketsOf(system: SystemDefinition, service: string): string[] {
  const { mounts = [] } = system.services[service] ?? {};
  return buckets(system).filter((name) => mounts.some(({ volume }) => volume === name));
}

/** The proxy that the public reaches, where there is one. */
export function publicProxy({ services }: SystemDefinition): ServiceOf | undefined {
  return Object.values(services).find((service) => service.public !== undefined);
}

/** Services that a proxy can lead to. */
export function answeringServices({ services }: SystemDefinition): string[] {
  return Object.keys(services).filter((name) => services[name]?.answers === true);
}

/** Services of one project with this one: proxies answer for those, and for no others. */
export function projectOf({ services, projects }: SystemDefinition, name: string): readonly string[] {
  return projects?.find((project) => project.services.includes(name))?.services ?? Object.keys(services);
}

/** Services that this one calls, be it the system's own or one that monitors it. */
export function callsOf(system: SystemDefinition, name: string, monitoring: boolean): string[] {
  const definition = system.services[name];
  const watched = monitoring || system.watched === true;
  if (definition?.phase === "proxy") {
    const answered = projectOf(system, name).filter((other) => system.services[other]?.answers === true);
    return [...answered, ...(watched && definition.public ? ["grafana"] : [])];
  }
  return [...(definition?.uses ?? (definition === undefined ? watchedBy(system, name) : []))];
}

/** Services that one of the monitoring services asks. */
function watchedBy(system: SystemDefinition, monitor: string): string[] {
  if (monitor === "grafana") return ["prometheus"];
  const services = Object.entries(system.services);
  if (monitor !== "prometheus") {
    return services.flatMap(([name, { exporter }]) =>
      exporter !== undefined && exporterOf(name, { exporter }) === monitor ? [name] : [],
    );
  }
  const own = services.flatMap(([name, { metrics, phase, answers }]) =>
    metrics !== undefined && (answers === true || phase === "store") ? [name] : [],
  );
  const monitors = Object.keys(monitorsOf(system)).filter(
    (name) => !["prometheus", "grafana"].includes(name),
  );
  return [...own, ...monitors];
}

/** The lists in Redis in which work waits, by the service that takes it from there. */
export function queuesOf({ services, queues = {} }: SystemDefinition): WaitingWork[] {
  return Object.entries(services).flatMap(([service, { queue }]) => {
    const found = queue === undefined ? undefined : queues[queue];
    return found === undefined || queue === undefined
      ? []
      : [{ service, in: found.in, list: found.list ?? queue }];
  });
}

export interface WaitingWork {
  service: string;
  /** Redis that holds the list. */
  in: string;
  list: string;
}
