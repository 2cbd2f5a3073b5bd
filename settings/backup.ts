import * as z from "zod";
import { backupService, type BackupSettings, type BackupTarget } from "../services/backup/definition.ts";
import { allowedHours, gapHours, longestGap } from "../services/backup/gap.ts";
import { scheduleOf } from "../services/backup/schedule.ts";
import { flag, isFolderPath, rule, wholeNumber } from "../lib/rules.ts";
import { secret } from "../lib/secret.ts";
import { strict } from "../lib/strict.ts";
import type { SystemDefinition } from "../systems/define.ts";

/** A place without any login in it: keys have settings of their own, which no error shows. */
const place = rule(
  'must be "s3:https://host/bucket/path", "gs:bucket:/path" or an absolute folder such as "/mnt/nas/shop"',
  (value): value is string => typeof value === "string" && kindOf(value) !== undefined,
);

function kindOf(text: string): BackupTarget["kind"] | undefined {
  if (/^s3:https?:\/\/[\w.-]+(?::\d{1,5})?\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:\/[\w.@~+-]+)*\/?$/.test(text))
    return "s3";
  if (/^gs:[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]:\/[\w./@~+-]*$/.test(text)) return "gs";
  return text !== "" && isFolderPath(text) ? "folder" : undefined;
}

function line(words: string, least = 1) {
  return secret(
    rule(
      words,
      (value): value is string =>
        typeof value === "string" && value.length >= least && !/[\r\n\0]/.test(value),
    ),
  );
}

/** A service account's key is a JSON document, and the other vendors' are a word. */
const secretKey = secret(
  rule("must be text", (value): value is string => typeof value === "string" && value.trim() !== ""),
);

const when = rule(
  'must be a time such as "03:15", or a cron line of five fields such as "15 3 * * mon-fri", in UTC',
  (value): value is string => typeof value === "string" && scheduleOf(value) !== undefined,
);

/** YAML readers of before take a bare `off` for false. */
const drill = z.preprocess(
  (value) => (value === false ? "off" : value),
  rule("must be weekly or off", (value): value is "weekly" | "off" => value === "weekly" || value === "off"),
);

const count = wholeNumber(0, 1000).optional();
const keep = strict({ daily: count, weekly: count, monthly: count });

/** Where a system's backups go, and when. */
export const backupSchema = strict({
  to: place
    .optional()
    .describe(
      "Where they go: `s3:https://host/bucket/path` for S3 and whatever speaks it, `gs:bucket:/path` for Cloud Storage, or a folder of the machine, best one that is another machine's",
    ),
  accessKey: line("must be one line of text").optional().describe("Key id for S3, best set with --secret"),
  secretKey: secretKey
    .optional()
    .describe(
      "Secret key for S3, or the JSON key of a service account for Cloud Storage, best set with --secret",
    ),
  password: line("must be one line of 12 characters or more", 12)
    .optional()
    .describe(
      "What backups are encrypted with. Generated and kept unless set; the output `secrets` has it. Without it no backup can be read",
    ),
  schedule: when.optional().describe('Time of each day, or a cron line, in UTC; "03:15" unless set'),
  keep: keep
    .optional()
    .describe(
      "How many of the newest to keep, one of each day, week and month: daily, weekly, monthly. Unless set one of each of 30 days, 4 weeks and 6 months",
    ),
  drill: drill
    .optional()
    .describe(
      "`weekly` tries each week whether the newest backup can be restored, as it is unless set; `off`",
    ),
  beforeMigration: flag
    .optional()
    .describe(
      "Make a backup before a release's migration, which doesn't run when that fails; true unless set",
    ),
});

type Written = z.infer<typeof backupSchema>;

/** What is wrong with its parts together, path → rule. */
export function backupProblems(
  given: Record<string, unknown>,
  system: SystemDefinition,
): [path: string[], rule: string][] {
  const written = given.backup as Written | undefined;
  if (written === undefined || Object.keys(written).length === 0) return [];
  const say = (key: string, words: string): [string[], string] => [["backup", key], words];
  const { to: target, accessKey, secretKey: secret, keep: counts } = written;
  const schedule = scheduleOf(written.schedule ?? "");
  const none = counts !== undefined && Object.values(counts).every((number) => number === 0);
  return [
    ...(backupService in system.services
      ? [
          [["backup"], `must be left out: the system has a service "${backupService}" of its own`] as [
            string[],
            string,
          ],
        ]
      : []),
    ...(target === undefined
      ? [say("to", 'must say where backups go, such as "s3:https://host/bucket/path"')]
      : []),
    ...(schedule !== undefined && longestGap(schedule) === undefined
      ? [say("schedule", "must name a day that there is")]
      : []),
    ...(none ? [say("keep", "must keep one backup or more: daily, weekly or monthly above 0")] : []),
    ...keyProblems(target === undefined ? undefined : kindOf(target), { accessKey, secretKey: secret }).map(
      ([key, words]) => say(key, words),
    ),
  ];
}

function keyProblems(
  kind: BackupTarget["kind"] | undefined,
  { accessKey, secretKey: secret }: Pick<Written, "accessKey" | "secretKey">,
): [key: string, rule: string][] {
  switch (kind) {
    case "s3":
      return [
        ...(accessKey === undefined
          ? [["accessKey", "must be given for S3, best with --secret"] as [string, string]]
          : []),
        ...(secret === undefined
          ? [["secretKey", "must be given for S3, best with --secret"] as [string, string]]
          : []),
      ];
    case "gs": {
      const words = "must be the JSON key of a service account, best set with --secret";
      return [
        ...(accessKey === undefined
          ? []
          : [["accessKey", "must be left out for Cloud Storage: secretKey is all"] as [string, string]]),
        ...(isAccountKey(secret) ? [] : [["secretKey", words] as [string, string]]),
      ];
    }
    case "folder":
      return (["accessKey", "secretKey"] as const)
        .filter((key) => ({ accessKey, secretKey: secret })[key] !== undefined)
        .map((key) => [key, "must be left out for a folder"]);
    case undefined:
      return [];
  }
}

function isAccountKey(text: string | undefined): boolean {
  try {
    const key: unknown = JSON.parse(text ?? "");
    return typeof key === "object" && key !== null && "private_key" in key && "client_email" in key;
  } catch {
    return false;
  }
}

/** Hours that a system's last backup may be old. @default what its schedule allows */
export function backupHours(schedule: string, alerts: { backupHours?: number }): number {
  return alerts.backupHours ?? allowedHours(schedule);
}

/** Days that its last drill may be old. @default a week, and the longest time until the next backup, which has one made */
export function drillDays(schedule: string, alerts: { drillDays?: number }): number {
  return alerts.drillDays ?? 7 + Math.ceil(gapHours(schedule) / 24);
}

/** With every default in its place; nothing where settings name no target. */
export function backupOf(written: Written): BackupSettings | undefined {
  const { to: target, accessKey = "", secretKey: secret = "", password, keep: counts } = written;
  if (target === undefined) return undefined;
  return {
    target: targetOf(target, accessKey, secret),
    ...(password !== undefined && { password }),
    schedule: written.schedule ?? "03:15",
    ...(counts !== undefined && {
      keep: { daily: counts.daily ?? 0, weekly: counts.weekly ?? 0, monthly: counts.monthly ?? 0 },
    }),
    drill: written.drill ?? "weekly",
    beforeMigration: written.beforeMigration ?? true,
  };
}

function targetOf(text: string, accessKey: string, secret: string): BackupTarget {
  switch (kindOf(text)) {
    case "s3":
      return { kind: "s3", repository: text, accessKey, secretKey: secret };
    case "gs":
      return { kind: "gs", repository: text, key: secret };
    default:
      return { kind: "folder", folder: text };
  }
}
