import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { scheduleOf, scheduleVariables } from "../../../services/backup/schedule.ts";
import { backupScript } from "../../../services/backup/scripts.ts";
import { fromPypi } from "../../tools/pypi.ts";

const shellcheck = await fromPypi("shellcheck");
const scheduler = join(import.meta.dirname, "../../../services/backup/scripts/schedule.sh");

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-backup-script-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("shellcheck finds nothing in the script", async (t) => {
  if ("missing" in shellcheck) {
    t.skip(shellcheck.missing);
    return;
  }
  const check = async (text: string) => {
    await writeFile(join(folder, "backup.sh"), text);
    return execa(shellcheck.program, ["--shell=busybox", join(folder, "backup.sh")], { reject: false });
  };
  assert.equal((await check(backupScript())).stdout, "");
  assert.match((await check(`${backupScript()}\necho $unquoted`)).stdout, /SC2086/);
});

/** Whether the scheduler would begin a run at `now` when it last heeded its schedule at `since`. */
async function isDue(text: string, since: string, now: string): Promise<boolean> {
  const schedule = scheduleOf(text);
  if (schedule === undefined) throw new Error(`${text} is no schedule`);
  const seconds = (time: string) => String(Date.parse(`${time}Z`) / 1000);
  await writeFile(join(folder, "heeded"), seconds(since));
  const clock = `date() { if [ "$1" = +%s ]; then echo ${seconds(now)}; else command date "$@"; fi; }`;
  const program = `set -eu; ${clock}; . "$0"; if due; then echo due; else echo rests; fi`;
  const env = { ...scheduleVariables(schedule), state: folder, TZ: "UTC" };
  const { stdout } = await execa("sh", ["-c", program, scheduler], { env });
  return stdout === "due";
}

test.each([
  ["03:15", "2026-03-01T03:00:00", "2026-03-01T03:14:59", false],
  ["03:15", "2026-03-01T03:00:00", "2026-03-01T03:15:00", true],
  ["03:15", "2026-03-01T03:15:00", "2026-03-02T03:14:00", false],
  ["08:09", "2026-08-08T08:08:00", "2026-08-08T08:09:30", true],
  // It was off for days: once.
  ["03:15", "2026-03-01T03:15:00", "2026-03-05T12:00:00", true],
  ["03:15", "2025-01-01T00:00:00", "2026-03-05T12:00:00", true],
  ["30 */6 * * *", "2026-03-01T06:31:00", "2026-03-01T12:29:00", false],
  ["30 */6 * * *", "2026-03-01T06:31:00", "2026-03-01T12:30:00", true],
  // The first of March 2026 is a Sunday.
  ["0 4 * * sun", "2026-02-28T00:00:00", "2026-02-28T23:00:00", false],
  ["0 4 * * 7", "2026-02-28T05:00:00", "2026-03-01T04:00:00", true],
  ["0 4 1 * *", "2026-03-01T05:00:00", "2026-03-31T23:00:00", false],
  ["0 4 1 jan *", "2026-01-02T00:00:00", "2026-12-31T23:00:00", false],
  // Either kind of day will do.
  ["0 4 15 * mon", "2026-03-01T05:00:00", "2026-03-02T04:00:00", true],
  ["0 4 15 * mon", "2026-03-10T05:00:00", "2026-03-15T04:00:00", true],
  ["0 4 15 * mon", "2026-03-10T05:00:00", "2026-03-14T23:00:00", false],
])("%s, heeded at %s, is due at %s: %s", async (text, since, now, expected) => {
  expect(await isDue(text, since, now)).toBe(expected);
});
