import { expect, test } from "vitest";
import { scheduleOf } from "../../../services/backup/schedule.ts";

const every = { months: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], days: "any", weekdays: "any" } as const;

test("a time is one minute of each day", () => {
  expect(scheduleOf("03:15")).toEqual({ ...every, minutes: [15], hours: [3] });
  expect(scheduleOf("0:05")).toEqual({ ...every, minutes: [5], hours: [0] });
});

test("a cron line's fields are numbers, lists, ranges, steps and names", () => {
  expect(scheduleOf("0,30 */6 1-3 jan,jul mon-fri")).toEqual({
    minutes: [0, 30],
    hours: [0, 6, 12, 18],
    days: [1, 2, 3],
    months: [1, 7],
    weekdays: [1, 2, 3, 4, 5],
  });
  expect(scheduleOf("5 10-20/5 * * 7")).toEqual({
    ...every,
    minutes: [5],
    hours: [10, 15, 20],
    weekdays: [0],
  });
  expect(scheduleOf("5/20 0 * * *")).toEqual({ ...every, minutes: [5, 25, 45], hours: [0] });
});

test.each([
  ...["", "24:00", "3:5", "03:60", "daily", "@daily", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *"],
  ...[
    "* * 0 * *",
    "* * 32 * *",
    "* * * 13 *",
    "* * * * 8",
    "5-1 * * * *",
    "*/0 * * * *",
    "1- * * * *",
    "x * * * *",
  ],
  ...["* * * * mon-", "1,,2 * * * *", "-1 * * * *", "1.5 * * * *"],
])("%j is neither", (text) => {
  expect(scheduleOf(text)).toBeUndefined();
});
