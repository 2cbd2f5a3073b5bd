import { Refusal } from "./refusal.ts";

const units: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86400 };

/**
 * A point in time as seconds since 1970, from `10m`, `2h`, `1d` ago or an ISO date. Throws {@link Refusal}, which names
 * the option.
 */
export function timeOf(option: string, text: string | undefined, now = Date.now()): number | undefined {
  if (text === undefined) return undefined;
  const [, number, unit = ""] = /^(\d+)([smhd])$/.exec(text) ?? [];
  if (number !== undefined) return Math.floor(now / 1000) - Number(number) * (units[unit] ?? 1);
  const time = Date.parse(text);
  if (Number.isNaN(time))
    throw new Refusal([`${option}: must be a time ago such as 10m or 2h, or a date, got "${text}"`]);
  return Math.floor(time / 1000);
}

/** The same of what has been: throws {@link Refusal} where it hasn't yet. */
export function pastTimeOf(option: string, text: string | undefined, now = Date.now()): number | undefined {
  const time = timeOf(option, text, now);
  // Another machine's clock, as of the one that made a backup, may be ahead by as much.
  if (time === undefined || time * 1000 <= now + 60_000) return time;
  const zone = new Date(time * 1000).toISOString();
  throw new Refusal([
    `${option}: must not be in the future, got "${text}", which is ${zone}; a date without a time is UTC's, one with a time this machine's unless it ends in Z or an offset`,
  ]);
}
