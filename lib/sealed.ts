import type { Path } from "./secret.ts";

/** Where a project's settings are encrypted in a stack's file: Pulumi writes `{ secure: … }` in a value's place. */
export function sealedPaths(config: Readonly<Record<string, unknown>>, project = "berth"): Path[] {
  const prefix = `${project}:`;
  const own = Object.entries(config).filter(([key]) => key.startsWith(prefix) || !key.includes(":"));
  return own.flatMap(([key, value]) =>
    below(value, [key.startsWith(prefix) ? key.slice(prefix.length) : key]),
  );
}

function below(value: unknown, path: Path): Path[] {
  if (typeof value !== "object" || value === null) return [];
  const entries: [string, unknown][] = Object.entries(value);
  const [[key, inner] = []] = entries;
  if (entries.length === 1 && key === "secure" && typeof inner === "string") return [path];
  return entries.flatMap(([name, one]) => below(one, [...path, name]));
}
