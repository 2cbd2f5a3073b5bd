import { override } from "../stackFile/overrides.ts";
import { documentOf, textOf } from "../stackFile/written.ts";
import { Refusal } from "../refusal.ts";

type Counters = Readonly<Record<string, number>>;

/** The named secrets, all where none is named, each with its counter raised by one. Throws {@link Refusal}. */
export function raised(names: readonly string[], counters: Counters): Record<string, number> {
  const known = Object.keys(counters);
  if (known.length === 0) throw new Refusal(["rotate: must be a stack with secrets to rotate, got none"]);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new Refusal(unknown.map((name) => `rotate: must be one of ${known.join(", ")}, got "${name}"`));
  const wanted = names.length === 0 ? known : names;
  return Object.fromEntries(wanted.map((name) => [name, (counters[name] ?? 1) + 1]));
}

/** A stack file's text with these counters; comments, what is encrypted and everything else stay as written. */
export function withCounters(text: string, name: string, counters: Counters): string {
  const document = documentOf(text, name);
  for (const [secret, value] of Object.entries(counters))
    override(document, { path: ["rotate", secret], value }, {});
  return textOf(document);
}
