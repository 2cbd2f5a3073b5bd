import { isMap } from "./overrides.ts";
import { cut } from "./table.ts";

/** One value that differs. */
export interface Difference {
  path: string;
  before?: unknown;
  after?: unknown;
}

/**
 * What differs between a resource's old and new inputs, down to single values. `paths` are the engine's: for sets it
 * names elements whose place changed, and a replaced map as a whole.
 */
export function differencesAt(before: unknown, after: unknown, paths: readonly string[]): Difference[] {
  return paths.flatMap((path) => leaves(path, valueAt(before, path), valueAt(after, path)));
}

function leaves(path: string, before: unknown, after: unknown): Difference[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const [old, next] = [childrenOf(before), childrenOf(after)];
  if (old === undefined || next === undefined) return [{ path, before, after }];
  const keys = [...new Set([...Object.keys(old), ...Object.keys(next)])].filter(
    (key) => key !== "__defaults",
  );
  const name = (key: string) => (Array.isArray(after) ? `${path}[${key}]` : `${path}.${key}`);
  return keys.flatMap((key) => leaves(name(key), old[key], next[key]));
}

function childrenOf(value: unknown): Record<string, unknown> | undefined {
  if (Array.isArray(value)) return Object.fromEntries(value.entries());
  return isMap(value) ? value : undefined;
}

/** The value at a path as the engine writes it: `ports[0].external`, `labels["a.b"]`. */
export function valueAt(value: unknown, path: string): unknown {
  const keys = [...path.matchAll(/[^.[\]"]+|"([^"]*)"/g)].map(([whole, quoted]) => quoted ?? whole);
  return keys.reduce<unknown>((inner, key) => childrenOf(inner)?.[key], value);
}

/** A difference as people read it: one line, or the lines of a text that came and went. */
export function differenceLines({ path, before, after }: Difference): string[] {
  if (!isText(before) || !isText(after)) return [`${path}: ${shown(before)} → ${shown(after)}`];
  const [old, next] = [before.split("\n"), after.split("\n")];
  const gone = old.filter((line) => !next.includes(line)).map((line) => `  - ${line}`);
  const come = next.filter((line) => !old.includes(line)).map((line) => `  + ${line}`);
  const changed = [...gone, ...come].map((line) => cut(line, 100));
  const rest = changed.length - mostLines;
  return [`${path}:`, ...changed.slice(0, mostLines), ...(rest > 0 ? [`  and ${rest} lines more`] : [])];
}

const mostLines = 20;

function isText(value: unknown): value is string {
  return typeof value === "string" && value.includes("\n");
}

/** The engine writes a value it will know only then as this id (pulumi/pulumi sdk/go/common/resource/plugin/rpc.go). */
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  return value === unknown ? "known later" : cut(JSON.stringify(value), 72);
}
