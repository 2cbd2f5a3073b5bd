import * as z from "zod";

/** A map in which every key is known; another is an error that names the ones that are, and no map one in these words. */
export function strict<T extends z.ZodRawShape>(shape: T, words = "must be a map of keys and values") {
  const keys = Object.keys(shape);
  const known = keys.length === 0 ? "known: none" : `known: ${keys.join(", ")}`;
  return z.strictObject(shape, {
    error: (issue) => (issue.code === "unrecognized_keys" ? known : words),
  });
}
