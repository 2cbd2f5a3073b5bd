import { filesFolder } from "../../components/containers/fileVolume.ts";
import { targetFolder, type BackupSettings, type BackupTarget } from "./definition.ts";

/** Names of the files that hold what nobody else should read. */
export const secretFiles = {
  password: "password",
  /** Those before it, the newest first, each with its number. */
  former: "former-password-",
  keys: "credentials",
  databases: "pg_service.conf",
  login: "pgpass",
} as const;

/** What restic is told of where backups go (https://restic.readthedocs.io/en/stable/030_preparing_a_new_repo.html). */
export function targetVariables(target: BackupTarget): Record<string, string> {
  const keys = `${filesFolder}/${secretFiles.keys}`;
  switch (target.kind) {
    case "s3":
      return { RESTIC_REPOSITORY: target.repository, AWS_SHARED_CREDENTIALS_FILE: keys };
    case "gs":
      return { RESTIC_REPOSITORY: target.repository, GOOGLE_APPLICATION_CREDENTIALS: keys };
    case "folder":
      // Every folder is mounted at the same place, and another one is another target.
      return { RESTIC_REPOSITORY: targetFolder, BACKUP_FOLDER: target.folder };
  }
}

/** The file of keys that goes with it; none for a folder. */
export function targetKeys(target: BackupTarget): string | undefined {
  switch (target.kind) {
    case "s3":
      return `[default]\naws_access_key_id = ${target.accessKey}\naws_secret_access_key = ${target.secretKey}\n`;
    case "gs":
      return target.key;
    case "folder":
      return undefined;
  }
}

/** What restic keeps of what there is (https://restic.readthedocs.io/en/stable/060_forget.html). */
export function keepOptions({ keep }: Pick<BackupSettings, "keep">): string {
  // Of some days all: one that was made before a migration must not go for another of the same day.
  const recent = "--keep-within 3d";
  // One of each of the last 30 days, and so of the last month whatever the others say.
  if (keep === undefined)
    return `${recent} --keep-within-daily 30d --keep-daily 7 --keep-weekly 4 --keep-monthly 6`;
  const { daily, weekly, monthly } = keep;
  const counts = Object.entries({ daily, weekly, monthly }).filter(([, count]) => count > 0);
  return [recent, ...counts.map(([unit, count]) => `--keep-${unit} ${count}`)].join(" ");
}

/** A line of libpq's password file, for every place (https://www.postgresql.org/docs/current/libpq-pgpass.html). */
export function passLine(password: string): string {
  return `*:*:*:*:${password.replaceAll("\\", "\\\\").replaceAll(":", "\\:")}\n`;
}
