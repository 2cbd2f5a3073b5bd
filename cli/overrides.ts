import { configValue } from "../lib/configValue.ts";

/** A stack's config: keys with their namespace, such as `berth:replicas`. */
export type Config = Record<string, unknown>;

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The values of the program's own keys, without their namespace, as the program reads them. */
export function settingsOf(config: Config): Record<string, unknown> {
  return Object.fromEntries(Object.entries(ownKeys(config)).map(([key, value]) => [key, configValue(value)]));
}

/** The same as they are written. */
export function ownKeys(config: Config): Record<string, unknown> {
  const own = Object.entries(config).filter(([key]) => key.startsWith("berth:") || !key.includes(":"));
  return Object.fromEntries(own.map(([key, value]) => [key.replace(/^berth:/, ""), value]));
}
