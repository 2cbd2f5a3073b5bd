import { expect, test } from "vitest";
import { parseSettings } from "../../../settings.ts";
import { alertsOf, notKept } from "../../../stack/backups.ts";

const backup = { to: "/mnt/nas" };
const media = "https://key:secret@s3.example.org/media";

test.each([
  ["a store's bucket", "arv", { minio: media }, "minio"],
  ["a volume's bucket", "docsai", { media }, "media"],
])("%s of somebody else's is told to be in no backup", (_what, system, external, name) => {
  const settings = parseSettings({ system, backup, external });
  expect(notKept(settings)).toEqual([`backup: the bucket of ${name} is somebody else's, and in no backup`]);
  expect(notKept({ ...settings, backup: undefined })).toEqual([]);
});

test("a database of somebody else's is in it, and so nothing is told of it", () => {
  const external = { postgres: "postgresql://shop:word@db.example.org/shop" };
  expect(notKept(parseSettings({ system: "docsai", backup, external }))).toEqual([]);
});

test("alerts of old backups and drills wait as long as the schedule has it, unless settings say so", () => {
  const weekly = { system: "docsai", monitoring: true, backup: { ...backup, schedule: "0 4 * * sun" } };
  expect(alertsOf(parseSettings(weekly))).toEqual({ backupHours: 170, drillDays: 14 });
  expect(alertsOf(parseSettings({ ...weekly, alerts: { backupHours: 3, diskFree: 0.2 } }))).toEqual({
    backupHours: 3,
    drillDays: 14,
    diskFree: 0.2,
  });
  expect(alertsOf(parseSettings({ system: "docsai", monitoring: true }))).toEqual({});
});
