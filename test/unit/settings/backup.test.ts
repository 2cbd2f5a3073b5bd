import { expect, test } from "vitest";
import { SettingsError } from "../../../lib/problems.ts";
import { parseSettings } from "../../../settings.ts";

const s3 = { to: "s3:https://s3.example.org/bucket/shop", accessKey: "key", secretKey: "secret" };
const account = JSON.stringify({ client_email: "backup@example.org", private_key: "…" });

function problems(backup: unknown, system = "docsai"): readonly string[] {
  try {
    parseSettings({ system, backup });
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
}

test("nothing is backed up unless a target is named", () => {
  const settings = parseSettings({ system: "docsai" });
  expect(settings.backup).toBeUndefined();
  expect(Object.keys(settings.services)).toEqual(["nginx", "app", "postgres"]);
});

test("a target is enough for the rest", () => {
  const { backup, services } = parseSettings({ system: "docsai", backup: { to: "/mnt/nas/docsai" } });
  expect(backup).toEqual({
    target: { kind: "folder", folder: "/mnt/nas/docsai" },
    schedule: "03:15",
    drill: "weekly",
    beforeMigration: true,
  });
  expect(services.backup).toMatchObject({
    image: "postgres:15",
    user: "0:0",
    limits: { cpus: 0.5, memory: 384 },
  });
});

test("each kind of storage has its own login", () => {
  const target = (backup: unknown) => parseSettings({ system: "docsai", backup }).backup?.target;
  expect(target(s3)).toEqual({ kind: "s3", repository: s3.to, accessKey: "key", secretKey: "secret" });
  const cloud = "gs:bucket:/shop";
  expect(target({ to: cloud, secretKey: account })).toEqual({ kind: "gs", repository: cloud, key: account });
});

test("it runs the image of the database, whatever settings make that, or one of its own", () => {
  const image = (config: object) =>
    parseSettings({ system: "loc8", backup: { to: "/mnt/nas" }, ...config }).services.backup?.image;
  expect(image({ images: { postgres: "postgres:17" } })).toBe("postgres:17");
  expect(image({ images: { postgres: "postgres:17", backup: "postgres:18" } })).toBe("postgres:18");
  expect(image({ optional: { postgres: false } })).toBe("busybox:1.37-musl");
});

test("what is kept is said as a whole", () => {
  const keep = (given: object) =>
    parseSettings({ system: "docsai", backup: { to: "/mnt", keep: given } }).backup?.keep;
  expect(keep({ daily: 14 })).toEqual({ daily: 14, weekly: 0, monthly: 0 });
  expect(keep({ daily: 1, weekly: 2, monthly: 3 })).toEqual({ daily: 1, weekly: 2, monthly: 3 });
});

test("a bare off, which readers of YAML take for false, is off", () => {
  expect(parseSettings({ system: "docsai", backup: { to: "/mnt", drill: false } }).backup?.drill).toBe("off");
});

const place =
  'must be "s3:https://host/bucket/path", "gs:bucket:/path" or an absolute folder such as "/mnt/nas/shop"';
const when =
  'must be a time such as "03:15", or a cron line of five fields such as "15 3 * * mon-fri", in UTC';

test.each([
  [
    { schedule: "03:15" },
    'backup.to: must say where backups go, such as "s3:https://host/bucket/path", got nothing',
  ],
  [{ to: "backups" }, `backup.to: ${place}, got "backups"`],
  [{ to: "/" }, `backup.to: ${place}, got "/"`],
  [{ to: "s3:https://s3.example.org" }, `backup.to: ${place}, got "s3:https://s3.example.org"`],
  [
    { ...s3, to: "s3:https://key:secret@s3.example.org/bucket" },
    `backup.to: ${place}, got "s3:https://…@s3.example.org/bucket"`,
  ],
  [
    { to: s3.to, secretKey: "secret" },
    "backup.accessKey: must be given for S3, best with --secret, got nothing",
  ],
  [
    { to: s3.to, accessKey: "key" },
    "backup.secretKey: must be given for S3, best with --secret, got nothing",
  ],
  [{ to: "/mnt", accessKey: "key" }, "backup.accessKey: must be left out for a folder, got something else"],
  [
    { to: "gs:bucket:/", secretKey: "word" },
    "backup.secretKey: must be the JSON key of a service account, best set with --secret, got something else",
  ],
  [
    { to: "gs:bucket:/", accessKey: "key", secretKey: account },
    "backup.accessKey: must be left out for Cloud Storage: secretKey is all, got something else",
  ],
  [
    { to: "/mnt", password: "short" },
    "backup.password: must be one line of 12 characters or more, got something else",
  ],
  [{ to: "/mnt", schedule: "daily" }, `backup.schedule: ${when}, got "daily"`],
  [
    { to: "/mnt", schedule: "0 4 31 4,6 *" },
    'backup.schedule: must name a day that there is, got "0 4 31 4,6 *"',
  ],
  [
    { to: "/mnt", keep: { daily: 0 } },
    'backup.keep: must keep one backup or more: daily, weekly or monthly above 0, got {"daily":0}',
  ],
  [{ to: "/mnt", keep: { daily: -1 } }, "backup.keep.daily: must be a whole number from 0 to 1000, got -1"],
  [{ to: "/mnt", drill: "daily" }, 'backup.drill: must be weekly or off, got "daily"'],
  [{ to: "/mnt", beforeMigration: "no" }, 'backup.beforeMigration: must be true or false, got "no"'],
  [
    { to: "/mnt", bucket: "b" },
    "backup.bucket: unknown key; known: to, accessKey, secretKey, password, schedule, keep, drill, beforeMigration",
  ],
])("%j is refused by name", (backup, problem) => {
  const found = problems(backup);
  expect(found).toEqual([problem]);
});

test.each([
  [{ password: "hidden" }, "backup.password: must be one line of 12 characters or more, got something else"],
  [{ accessKey: "HIDDEN\n" }, "backup.accessKey: must be one line of text, got something else"],
  [{ accessKey: "HIDDEN" }, "backup.accessKey: must be left out for a folder, got something else"],
  [{ secretKey: "hidden-secret" }, "backup.secretKey: must be left out for a folder, got something else"],
])("no error shows a key or the password: %j", (backup, problem) => {
  expect(problems({ to: "/mnt", ...backup })).toEqual([problem]);
});

test("limits of what makes backups are said where there are any", () => {
  expect(
    parseSettings({ system: "docsai", backup: { to: "/mnt" }, limits: { backup: { memory: 512 } } }).services
      .backup?.limits.memory,
  ).toBe(512);
  expect(() => parseSettings({ system: "docsai", limits: { backup: { memory: 512 } } })).toThrow(
    /limits.backup: unknown key/,
  );
});
