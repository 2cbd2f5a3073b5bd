import { expect, test } from "vitest";
import { backupsIn, chosenBackup } from "../../../cli/backup/list.ts";
import { stateIn, stateText } from "../../../cli/backup/state.ts";
import { Refusal } from "../../../cli/refusal.ts";
import { backupVerdict } from "../../../cli/verify/backup.ts";

const output = `backup: something
[{"time":"2026-03-02T03:15:00Z","hostname":"prod","id":"b"},{"time":"2026-03-01T03:15:00Z","hostname":"prod","id":"a"},{"time":"2026-03-03T03:15:00Z","hostname":"old","id":"c"}]
`;
const backups = backupsIn(output);
const second = (text: string) => Date.parse(text) / 1000;

test("backups are told the oldest first, whoever made them", () => {
  expect(backups).toEqual([
    { time: "2026-03-01T03:15:00Z", stack: "prod" },
    { time: "2026-03-02T03:15:00Z", stack: "prod" },
    { time: "2026-03-03T03:15:00Z", stack: "old" },
  ]);
  expect(backupsIn("")).toEqual([]);
});

test("the newest of the stack is meant, or the newest of a time", () => {
  expect(chosenBackup(backups, "prod").time).toBe("2026-03-02T03:15:00Z");
  expect(chosenBackup(backups, "old").time).toBe("2026-03-03T03:15:00Z");
  expect(chosenBackup(backups, "prod", second("2026-03-02T03:14:59Z")).time).toBe("2026-03-01T03:15:00Z");
  expect(chosenBackup(backups, "prod", second("2026-03-02T03:15:00Z")).time).toBe("2026-03-02T03:15:00Z");
});

test("a stack without backups, and a time before all, are refused by name", () => {
  const refused = (stack: string, latest?: number) => () => chosenBackup(backups, stack, latest);
  expect(refused("dev")).toThrow(
    new Refusal(['--from: must be a stack with backups in this storage (old, prod), got "dev"']),
  );
  expect(refused("prod", second("2026-02-01"))).toThrow(
    new Refusal(["--at: must not be before the first backup of stack prod, 2026-03-01T03:15:00Z"]),
  );
});

test.each([
  ["since 100\n", "there is none yet, next by 03:15 UTC"],
  ["since 100\nsuccess 900\nresult 0\n", "the last whole one was begun 1m40s ago"],
  [
    "success 100\nfailure 900\nresult 1\nreason the target: no space left on device\n",
    "FAILED 1m40s ago (the target: no space left on device); the last whole one was begun 15m ago",
  ],
  [
    "success 900\nresult 0\ndrill_success 100\ndrill_result 0\n",
    "the last whole one was begun 1m40s ago; tried 15m ago",
  ],
  [
    "success 900\nresult 0\ndrill_result 1\ndrill_reason drill: the backup is damaged\n",
    "the last whole one was begun 1m40s ago; the last drill FAILED (drill: the backup is damaged)",
  ],
])("%j is said in one line", (answer, line) => {
  expect(stateText({ ...stateIn(answer), schedule: "03:15" }, 1_000_000)).toBe(line);
});

test("where none is made, and where nobody answers, that is said", () => {
  expect(stateText({ result: "none" })).toBe("none is made; berth:backup says where they go");
  expect(stateText({ result: "unknown" })).toBe("its container doesn't answer");
});

const hour = 3600;
const verdict = (answer: string, hours: number) =>
  backupVerdict({ ...stateIn(answer), schedule: "03:15", allowedHours: 26 }, hours * hour * 1000);

test("a whole backup passes while it is no older than its schedule allows", () => {
  const whole = `success ${10 * hour}\nresult 0\n`;
  expect(verdict(whole, 36).outcome).toBe("pass");
  const { outcome, detail } = verdict(whole, 36.1);
  expect([outcome, detail]).toEqual([
    "fail",
    "the last whole one was begun 1d2h ago, LATE: 03:15 UTC allows 26 hours",
  ]);
});

test("one that isn't due yet is no failure, and one that never came is", () => {
  const waiting = `since ${10 * hour}\n`;
  expect(verdict(waiting, 36).outcome).toBe("skip");
  const { outcome, detail } = verdict(waiting, 40);
  expect([outcome, detail]).toEqual([
    "fail",
    "there is none yet, LATE: 03:15 UTC allows 26 hours, next by 03:15 UTC",
  ]);
});
