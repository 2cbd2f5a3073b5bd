import { configValue } from "../lib/configValue.ts";
import { Refusal } from "./refusal.ts";

/** A stack's config: keys with their namespace, such as `berth:replicas`. */
export type Config = Record<string, unknown>;

export interface Override {
  path: string[];
  value: unknown;
}

/**
 * Reads `replicas.backend=3`: dots lead into maps; the value is JSON where it parses as JSON, else text.
 * Throws {@link Refusal}.
 */
export function parseOverride(given: string): Override {
  const split = given.indexOf("=");
  const path = given.slice(0, Math.max(split, 0)).split(".");
  if (split < 1 || path.some((key) => key === "")) {
    throw new Refusal([`--config: must be key=value such as replicas.backend=3, got "${given}"`]);
  }
  return { path, value: jsonOrText(given.slice(split + 1)) };
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * The config with the overrides on top, later ones over earlier ones; what leads into a map that the config doesn't
 * have goes into its default. Throws {@link Refusal}.
 */
export function applyOverrides(
  config: Config,
  overrides: readonly Override[],
  defaults: Config = {},
): Config {
  return overrides.reduce((sum, { path: [first = "", ...rest], value }) => {
    const key = first.includes(":") ? first : `berth:${first}`;
    return { ...sum, [key]: set(sum[key] ?? defaults[key], rest, value, first) };
  }, config);
}

function set(old: unknown, [key, ...rest]: string[], value: unknown, path: string): unknown {
  if (key === undefined) return value;
  const map = old ?? {};
  if (!isMap(map)) {
    throw new Refusal([
      `--config: must lead into a map, got "${path}.${key}" where ${path} is ${JSON.stringify(old)}`,
    ]);
  }
  return { ...map, [key]: set(map[key], rest, value, `${path}.${key}`) };
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The values of the program's own keys, without their namespace, as the program reads them. */
export function settingsOf(config: Config): Record<string, unknown> {
  const own = Object.entries(config).filter(([key]) => key.startsWith("berth:") || !key.includes(":"));
  return Object.fromEntries(own.map(([key, value]) => [key.replace(/^berth:/, ""), configValue(value)]));
}
