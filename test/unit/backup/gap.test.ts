import { expect, test } from "vitest";
import { allowedHours, longestGap } from "../../../services/backup/gap.ts";
import { scheduleOf } from "../../../services/backup/schedule.ts";
import { backupHours, drillDays } from "../../../settings/backup.ts";

function gap(text: string): number | undefined {
  const schedule = scheduleOf(text);
  if (schedule === undefined) throw new Error(`${text} is no schedule`);
  return longestGap(schedule);
}

test.each([
  ["03:15", 24],
  ["30 */6 * * *", 6],
  ["0,10 1,4 * * *", 20 + 50 / 60],
  ["* * * * *", 1 / 60],
  // From Friday to Monday.
  ["0 4 * * mon-fri", 72],
  ["0 4 * * sun", 168],
  ["0 4 1 * *", 31 * 24],
  // Either kind of day will do.
  ["0 4 1 * sun", 168],
  ["0 4 29 feb *", (4 * 365 + 1) * 24],
])("%s leaves at most %d hours between two runs", (text, hours) => {
  expect(gap(text)).toBeCloseTo(hours, 10);
});

test.each(["0 4 30 feb *", "0 4 31 4,6,9,11 *"])("%s names no day that there is", (text) => {
  expect(gap(text)).toBeUndefined();
});

test("the last backup may be two hours older than that, or as old as alerts have it", () => {
  expect(allowedHours("03:15")).toBe(26);
  expect(allowedHours("0,10 1,4 * * *")).toBe(23);
  expect(backupHours("0 4 * * sun", {})).toBe(170);
  expect(backupHours("0 4 * * sun", { backupHours: 30 })).toBe(30);
});

test("a drill may be a week old, and as much more as the schedule leaves until the next backup", () => {
  const days = ["03:15", "0 4 * * mon-fri", "0 4 * * sun", "0 4 1 * *"].map((schedule) =>
    drillDays(schedule, {}),
  );
  expect(days).toEqual([8, 10, 14, 38]);
  expect(drillDays("03:15", { drillDays: 3 })).toBe(3);
});
