/** What a run depends on and what it leaves behind: a thing, its properties, their values as text. */
export type Facts = Record<string, Record<string, string>>;

/** A property that tells only whether its thing is the same. */
export const digest = "digest";

/** The first difference between two sets of facts, as a person reads it; nothing when they are equal. */
export function firstDifference(before: Facts, now: Facts): string | undefined {
  for (const [thing, was] of Object.entries(before)) {
    const is = now[thing];
    if (is === undefined) return `${thing} is gone`;
    for (const property of new Set([...Object.keys(was), ...Object.keys(is)])) {
      const [old, next] = [was[property] ?? "none", is[property] ?? "none"];
      if (old === next) continue;
      if (property === digest) return `${thing}: changed since the last run`;
      return `${thing}: ${property} must be "${old}", as the last run left it, got "${next}"`;
    }
  }
  const added = Object.keys(now).find((thing) => !(thing in before));
  return added === undefined ? undefined : `${added} is new since the last run`;
}
