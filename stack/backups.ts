import type * as pulumi from "@pulumi/pulumi";
import type { Gate } from "../services/application/link.ts";
import { backupService } from "../services/backup/definition.ts";
import type { Kept } from "../services/backup/kept.ts";
import type { Part, Place } from "../services/definition.ts";
import { storeForm } from "../services/objectStore/form.ts";
import type { Settings } from "../settings.ts";
import { backupHours, drillDays } from "../settings/backup.ts";
import { volumeOf } from "../settings/volumes.ts";
import { externals } from "../systems/facts.ts";
import type { SystemArgs } from "./system.ts";

/** What backs a system up. */
export interface BackedUp extends Part {
  /** What a migration to this image waits for. */
  before: (migration: string, image: pulumi.Input<string>) => Gate[];
}

/** Has backups made of what a system keeps, where settings say where they go. */
export async function makeBackups(
  { backup: settings, services }: Pick<SystemArgs, "backup" | "services">,
  { scope, network }: Place,
  { kept }: { kept: Kept },
  opts: pulumi.ComponentResourceOptions,
): Promise<BackedUp | undefined> {
  const service = services[backupService];
  if (settings === undefined || service === undefined) return undefined;
  const { Backup } = await import("../services/backup/backup.ts");
  const backup = new Backup(backupService, { scope, network, service, settings, kept }, opts);
  return {
    watched: { others: [backup] },
    secrets: { "backups, password": backup.password },
    before: (migration, image) => (settings.beforeMigration ? [backup.before(migration, image)] : []),
  };
}

/** When alerts fire: of a backup and a drill that are too old as the schedule has it, unless settings say so. */
export function alertsOf({ alerts, backup }: Pick<Settings, "alerts" | "backup">): Settings["alerts"] {
  if (backup === undefined) return alerts;
  const { schedule } = backup;
  return {
    ...alerts,
    backupHours: backupHours(schedule, alerts),
    drillDays: drillDays(schedule, alerts),
  };
}

/** What a person may think is backed up and isn't, a line each. */
export function notKept({
  backup,
  definition,
  external,
  placement,
  services,
}: Pick<Settings, "backup" | "definition" | "external" | "placement" | "services">): string[] {
  if (backup === undefined) return [];
  const forms = externals(definition, false);
  const stores = Object.keys(external).filter((name) => forms[name] === storeForm);
  const folders = Object.entries(definition.volumes ?? {}).flatMap(([name, { keeps, of: owner }]) =>
    keeps === "folder" && placement[owner] !== undefined ? [[name, placement[owner]] as const] : [],
  );
  const own = Object.values(services).flatMap(({ name, volumes = {} }) => {
    const machine = placement[name];
    return machine === undefined
      ? []
      : Object.keys(volumes).map((short) => [volumeOf(name, short), machine] as const);
  });
  return [
    ...stores.map((name) => `backup: the bucket of ${name} is somebody else's, and in no backup`),
    ...[...folders, ...own].map(
      ([name, machine]) => `backup: volume ${name} is on machine ${machine}, and in no backup`,
    ),
  ];
}
