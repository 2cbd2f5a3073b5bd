import { type Document, isMap as isNode, isScalar, parseDocument } from "yaml";
import { Refusal } from "../refusal.ts";
import { isMap, type Config } from "../overrides.ts";

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
    // What stands behind "=" may be a secret.
    const shown = split < 0 ? given : `${given.slice(0, split)}=…`;
    throw new Refusal([`--config: must be key=value such as replicas.backend=3, got "${shown}"`]);
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
 * Puts a value into a stack file, and leaves all else in it as it is written. What leads into a map that the file
 * doesn't have goes into its default. Throws {@link Refusal}, whose words begin with `source`.
 */
export function override(
  file: Document,
  { path, value }: Override,
  defaults: Config,
  source = "--config",
): void {
  const [first = "", ...rest] = path;
  if (!isNode(file.get("config"))) file.set("config", asNode({}));
  const key = keyIn(file, first);
  if (rest.length > 0 && !file.hasIn(["config", key])) {
    file.setIn(["config", key], asNode(defaults[key] ?? {}));
  }
  const walked: string[] = ["config", key];
  for (const [index, inner] of rest.entries()) {
    const held = lead(file, walked);
    const name = [first, ...rest.slice(0, index)].join(".");
    if (held !== undefined)
      throw new Refusal([`${source}: must lead into a map, got "${name}.${inner}" where ${name} is ${held}`]);
    walked.push(inner);
  }
  file.setIn(walked, asNode(value));
}

/** The key of a setting of ours as the file writes it, with its namespace or without: of two the one that counts. */
export function keyIn(file: Document, name: string): string {
  const short = name.replace(/^berth:/, "");
  if (short.includes(":")) return name;
  const config = file.get("config");
  const keys = isNode(config) ? config.items.map(({ key }) => (isScalar(key) ? String(key.value) : "")) : [];
  return keys.findLast((key) => key === short || key === `berth:${short}`) ?? `berth:${short}`;
}

/**
 * Has a map where the path ends: text that holds one, as `pulumi config set` writes it, becomes one. Returns what is
 * there where that can't be, and nothing of a value that may be a secret.
 */
function lead(file: Document, path: string[]): string | undefined {
  const node = file.getIn(path, true);
  if (isNode(node)) return node.has("secure") ? "encrypted" : undefined;
  const text = isScalar<string>(node) ? node.value : "";
  const held = text === "" ? {} : jsonOrText(text);
  if (!isMap(held)) return "no map";
  file.setIn(path, asNode(held));
  return undefined;
}

/** A value as YAML that every reader takes for the same: text in quotes. */
function asNode(value: unknown): unknown {
  return parseDocument(JSON.stringify(value), { schema: "failsafe" }).contents;
}
