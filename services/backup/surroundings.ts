import type { Mount } from "../../components/containers/containerSpec.ts";
import { filesFolder } from "../../components/containers/fileVolume.ts";
import type { Scope } from "../../components/containers/scope.ts";
import type { ServiceSettings } from "../application/serviceSettings.ts";
import type { BackupSettings } from "./definition.ts";
import type { Kept } from "./kept.ts";
import { keepOptions, secretFiles, targetVariables } from "./repository.ts";
import { scheduleOf, scheduleVariables } from "./schedule.ts";

/** Its own folder: what it knows of the last run, and restic's cache. */
export const stateFolder = "/var/lib/berth-backup";
/** Where it finds restic. */
export const programFolder = "/run/berth-restic";
/** And those who sign the certificates of storage. */
export const certificatesFolder = "/run/berth-certificates";

/** PostgreSQL refuses to run as root, so a drill's server is another user's. */
export function capabilities({ target, drill }: BackupSettings, { databases = [] }: Kept): string[] {
  const serves = drill === "weekly" && databases.length > 0;
  return [
    target.kind === "folder" ? "CAP_DAC_OVERRIDE" : "CAP_DAC_READ_SEARCH",
    ...(serves ? ["CAP_SETGID", "CAP_SETUID"] : []),
  ];
}

export function volumeMounts({ volumes = {} }: Kept): Mount[] {
  return Object.entries(volumes).map(([name, source]) => ({ target: `/backup/volumes/${name}`, ...source }));
}

/** What the script is told; nothing secret. */
export function variables(
  scope: Scope,
  service: ServiceSettings,
  settings: BackupSettings,
): Record<string, string> {
  const schedule = scheduleOf(settings.schedule);
  if (schedule === undefined)
    throw new Error(`schedule: must be a time or a cron line, got "${settings.schedule}"`);
  return {
    ...targetVariables(settings.target),
    ...scheduleVariables(schedule),
    RESTIC_PASSWORD_FILE: `${filesFolder}/${secretFiles.password}`,
    RESTIC_CACHE_DIR: `${stateFolder}/cache`,
    RESTIC_HOST: scope.stack,
    SSL_CERT_FILE: `${certificatesFolder}/ca-certificates.crt`,
    // Go's collector works harder near the container's limit, in place of being ended there.
    GOMEMLIMIT: `${Math.floor(service.limits.memory * 0.7)}MiB`,
    BACKUP_SYSTEM: scope.system,
    BACKUP_SCHEDULE: settings.schedule,
    BACKUP_KEEP: keepOptions(settings),
    BACKUP_DRILL: settings.drill,
    BACKUP_PORT: String(service.port),
    TZ: "UTC",
  };
}
