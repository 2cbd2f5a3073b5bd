import type { Path } from "./secret.ts";

/** Where a stack file's config is encrypted, without the namespace of its keys: Pulumi writes `{ secure: … }` in a value's place. */
export function sealedPaths(config: Readonly<Record<string, unknown>>): Path[] {
  return Object.entries(config).flatMap(([key, value]) => below(value, [key.replace(/^[^:]*:/, "")]));
}

function below(value: unknown, path: Path): Path[] {
  if (typeof value !== "object" || value === null) return [];
  const entries: [string, unknown][] = Object.entries(value);
  const [[key, inner] = []] = entries;
  if (entries.length === 1 && key === "secure" && typeof inner === "string") return [path];
  return entries.flatMap(([name, one]) => below(one, [...path, name]));
}
