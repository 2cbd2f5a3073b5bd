import { scheduleOf, type Schedule } from "./schedule.ts";

const day = 24 * 60;
/** In nine years February 29th comes twice. */
const span = 9 * 366;

/** The longest time between two runs, in hours; nothing where it names no day that there is, such as February 30th. */
export function longestGap(schedule: Schedule): number | undefined {
  const { hours, minutes } = schedule;
  const times = hours.flatMap((hour) => minutes.map((minute) => hour * 60 + minute)).sort((a, b) => a - b);
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  const named = Array.from({ length: span }, (_, index) => index)
    .filter((index) => isDay(schedule, new Date(Date.UTC(2024, 0, 1 + index))))
    .map((index) => index * day);
  if (named.length === 0) return undefined;
  const nights = named.slice(1).map((next, index) => next + first - (named[index] ?? 0) - last);
  const steps = times.slice(1).map((next, index) => next - (times[index] ?? 0));
  return Math.max(...nights, ...steps) / 60;
}

/** The longest time between two runs of a schedule that settings have taken, in hours. */
export function gapHours(text: string): number {
  const schedule = scheduleOf(text);
  return (schedule && longestGap(schedule)) ?? 24;
}

/** Hours that the last backup may be old: the schedule's longest gap, and two for it to be made and tried again. */
export function allowedHours(text: string): number {
  return Math.ceil(gapHours(text)) + 2;
}

/** As the scheduler has it, in scripts/schedule.sh. */
function isDay({ days: monthdays, months, weekdays }: Schedule, date: Date): boolean {
  if (!months.includes(date.getUTCMonth() + 1)) return false;
  const [inMonth, inWeek] = [
    monthdays === "any" || monthdays.includes(date.getUTCDate()),
    weekdays === "any" || weekdays.includes(date.getUTCDay()),
  ];
  return monthdays === "any" || weekdays === "any" ? inMonth && inWeek : inMonth || inWeek;
}
