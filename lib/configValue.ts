/**
 * A value of a stack's config as it is meant. The engine hands all of it over as text, maps, lists, numbers and flags as
 * JSON, and `pulumi config set` without `--path` writes such text into the file.
 */
export function configValue(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
