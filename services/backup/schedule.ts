/** When a backup is made, each field as the numbers it holds; `any` doesn't limit. */
export interface Schedule {
  minutes: number[];
  hours: number[];
  days: number[] | "any";
  months: number[];
  weekdays: number[] | "any";
}

interface Field {
  least: number;
  most: number;
  /** What stands for the numbers from `least` on. */
  names?: readonly string[];
}

const fields: readonly [Field, Field, Field, Field, Field] = [
  { least: 0, most: 59 },
  { least: 0, most: 23 },
  { least: 1, most: 31 },
  {
    ...{ least: 1, most: 12 },
    names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
  },
  // Sunday is 0 and 7.
  { least: 0, most: 7, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
];

/**
 * `03:15` for each day, or the five fields of a cron line (https://man7.org/linux/man-pages/man5/crontab.5.html); nothing
 * where it is neither.
 */
export function scheduleOf(text: string): Schedule | undefined {
  const [, hour, minute] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  if (hour !== undefined && minute !== undefined)
    return scheduleOf(`${Number(minute)} ${Number(hour)} * * *`);
  const words = text.trim().split(/\s+/);
  if (words.length !== fields.length) return undefined;
  const read = fields.map((field, index) => numbersIn(words[index] ?? "", field));
  const [minutes, hours, days, months, weekdays] = read;
  if (!minutes || !hours || !days || !months || !weekdays) return undefined;
  const week = [...new Set(weekdays.map((day) => day % 7))].sort((a, b) => a - b);
  return {
    ...{ minutes, hours, months },
    days: words[2] === "*" ? "any" : days,
    weekdays: words[4] === "*" ? "any" : week,
  };
}

/** `1,10-20/5` as its numbers. */
function numbersIn(text: string, field: Field): number[] | undefined {
  const parts = text.split(",").map((part) => rangeIn(part, field));
  if (parts.some((part) => part === undefined)) return undefined;
  return [...new Set(parts.flatMap((part) => part ?? []))].sort((a, b) => a - b);
}

function rangeIn(text: string, field: Field): number[] | undefined {
  const [, range = "", step] = /^(\*|\w+(?:-\w+)?)(?:\/(\d{1,2}))?$/.exec(text) ?? [];
  const [first, last] =
    range === "*" ? [field.least, field.most] : range.split("-").map((word) => numberIn(word, field));
  if (first === undefined || Number.isNaN(first) || Number.isNaN(last) || step === "0") return undefined;
  const end = last ?? (step === undefined ? first : field.most);
  if (first < field.least || end > field.most || first > end) return undefined;
  const stride = Number(step ?? 1);
  return Array.from({ length: Math.floor((end - first) / stride) + 1 }, (_, index) => first + index * stride);
}

function numberIn(word: string, { least, names = [] }: Field): number {
  const named = names.indexOf(word.toLowerCase());
  if (named >= 0) return least + named;
  return /^\d{1,2}$/.test(word) ? Number(word) : Number.NaN;
}

/** What the scheduler is told, as variables of its container. */
export function scheduleVariables(schedule: Schedule): Record<string, string> {
  const words = (numbers: number[] | "any") => (numbers === "any" ? numbers : numbers.join(" "));
  return {
    BACKUP_MINUTES: words(schedule.minutes),
    BACKUP_HOURS: words(schedule.hours),
    BACKUP_DAYS: words(schedule.days),
    BACKUP_MONTHS: words(schedule.months),
    BACKUP_WEEKDAYS: words(schedule.weekdays),
  };
}
