import { probeImage } from "../../components/containers/probeHealth.ts";
import type { ServiceRow } from "../definition.ts";

/** Where the container finds a target that is a folder of the machine. */
export const targetFolder = "/backup/target";

/** What settings say of backups, checked and with every default in its place. */
export interface BackupSettings {
  target: BackupTarget;
  /** What it is encrypted with. @default a generated one */
  password?: string;
  /** `03:15` or a cron line, in UTC. */
  schedule: string;
  /** How many of the newest to keep, one of each day, week and month. @default a month of days, 7, 4 and 6 */
  keep?: { daily: number; weekly: number; monthly: number };
  drill: "weekly" | "off";
  /** A migration comes after a backup, and doesn't come when that fails. */
  beforeMigration: boolean;
}

/** Where backups go. Keys are secret. */
export type BackupTarget =
  | { kind: "s3"; repository: string; accessKey: string; secretKey: string }
  | { kind: "gs"; repository: string; key: string }
  | { kind: "folder"; folder: string };

/** Its name on the network, in settings, and in every verb. */
export const backupService = "backup";

/** One static program (https://hub.docker.com/r/restic/restic). */
export const resticImage = "restic/restic:0.18.1";

/** Of the container that makes backups: the database's own image, so that its pg_dump is of the right version. */
export function backupRow(databaseImage: string | undefined): ServiceRow {
  return {
    image: databaseImage ?? probeImage,
    // Root without its powers, see backup.ts.
    user: "0:0",
    cpus: 0.5,
    memory: 384,
    minMemory: 160,
    maxReplicas: 1,
    replicas: 1,
    graceSeconds: 30,
    port: 9199,
    health: "/metrics.txt",
  };
}
