import { override } from "../stackFile/overrides.ts";
import { documentOf, textOf } from "../stackFile/written.ts";
import { Refusal } from "../refusal.ts";

type Counters = Readonly<Record<string, number>>;

/** Secrets that are rotated by their names alone. */
export interface Special {
  /** Owners' own, whose former value may be what data is encrypted with. */
  own: readonly string[];
  /** For which a store starts anew within its container. */
  startsAnew: readonly string[];
  /** Of which somebody keeps a copy, good for nothing then. */
  copied: readonly string[];
}

/**
 * The named secrets, each with its counter raised by one; where none is named, all but those of `special`. `elsewhere`
 * says of others why they can't be. Throws {@link Refusal}.
 */
export function raised(
  names: readonly string[],
  counters: Counters,
  special: Special,
  elsewhere: Readonly<Record<string, string>> = {},
): Record<string, number> {
  const kept = names.flatMap((name) => {
    const found = Object.entries(elsewhere).find(([each]) => each === plainName(name));
    return found ? [`rotate: must be a secret that the engine makes, got "${name}": ${found[1]}`] : [];
  });
  if (kept.length > 0) throw new Refusal(kept);
  const known = Object.keys(counters);
  if (known.length === 0) throw new Refusal(["rotate: must be a stack with secrets to rotate, got none"]);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new Refusal(unknown.map((name) => `rotate: must be one of ${known.join(", ")}, got "${name}"`));
  const byName = [...special.own, ...special.startsAnew, ...special.copied];
  const wanted = names.length === 0 ? known.filter((name) => !byName.includes(name)) : names;
  if (wanted.length === 0)
    throw new Refusal([`rotate: must name which, of ${byName.join(", ")}, got no name`]);
  return Object.fromEntries(wanted.map((name) => [name, (counters[name] ?? 1) + 1]));
}

/** `backend.API_KEY`, as settings have it, is `backend-api-key` here. */
function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[._]/g, "-");
}

/** What to ask before these get new values; nothing where each was named and has its own way to be handed over. */
export function question(
  names: readonly string[],
  counters: Counters,
  { own, startsAnew, copied }: Special,
): string | undefined {
  const lost = names.filter((name) => own.includes(name));
  const anew = names.filter((name) => startsAnew.includes(name));
  const kept = names.filter((name) => copied.includes(name));
  if (names.length > 0 && lost.length + anew.length + kept.length === 0) return undefined;
  const gone =
    lost.length === 0 ? "" : `; what was encrypted with the old ${lost.join(", ")} can't be read any more`;
  const away =
    anew.length === 0
      ? ""
      : `; for ${anew.join(", ")} a store starts anew in its place, and whoever asks it in that moment has to ask again`;
  const stale = kept.length === 0 ? "" : `; ${copies(kept)}`;
  return `gives new values: ${Object.keys(counters).join(", ")}${gone}${away}${stale}`;
}

/** What is to be done about copies that people keep of these; said again once they have changed. */
export function copies(names: readonly string[]): string {
  return `any copy that is kept of ${names.join(", ")} opens nothing any more: keep the new value, which pulumi stack output secrets --show-secrets shows`;
}

/** A stack file's text with these counters; comments, what is encrypted and everything else stay as written. */
export function withCounters(text: string, name: string, counters: Counters): string {
  const document = documentOf(text, name);
  for (const [secret, value] of Object.entries(counters))
    override(document, { path: ["rotate", secret], value }, {}, name);
  return textOf(document);
}
