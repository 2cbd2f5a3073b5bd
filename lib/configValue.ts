/**
 * A value of a stack's config as it is meant. The engine hands all of it over as text, maps, lists, numbers and flags as
 * JSON, and `pulumi config set` without `--path` writes such text into the file.
 */
export function configValue(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value.replace(tokens, wholeNumbersKept));
  } catch {
    return value;
  }
}

/** The texts and numbers of a JSON text. */
const tokens = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

/** A whole number that JavaScript would round, such as an account's of 20 digits, is text. */
function wholeNumbersKept(token: string): string {
  return /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token;
}
