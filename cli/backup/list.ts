import { Refusal } from "../refusal.ts";

/** One whole backup: all snapshots of its time. */
export interface KeptBackup {
  /** As restic prints it, RFC 3339. */
  time: string;
  /** Stack that made it. */
  stack: string;
}

/** What `restic snapshots --json` says of manifests, the last part of each backup, the oldest first. */
export function backupsIn(output: string): KeptBackup[] {
  const line = output.split("\n").find((text) => text.startsWith("[")) ?? "[]";
  const snapshots = JSON.parse(line) as { time: string; hostname: string }[];
  return snapshots
    .map(({ time, hostname }) => ({ time, stack: hostname }))
    .sort((a, b) => Date.parse(a.time) - Date.parse(b.time));
}

/** The newest of a stack, or the newest that is not later than `latest` (seconds since 1970). Throws {@link Refusal}. */
export function chosenBackup(
  backups: readonly KeptBackup[],
  stack: string,
  latest = Number.POSITIVE_INFINITY,
): KeptBackup {
  const own = backups.filter((backup) => backup.stack === stack);
  const found = own.filter(({ time }) => Math.floor(Date.parse(time) / 1000) <= latest).at(-1);
  if (found !== undefined) return found;
  const others = [...new Set(backups.map((backup) => backup.stack))].sort().join(", ") || "none";
  throw new Refusal([
    own.length === 0
      ? `--from: must be a stack with backups in this storage (${others}), got "${stack}"`
      : `--at: must not be before the first backup of stack ${stack}, ${own[0]?.time}`,
  ]);
}
