import type { Locked } from "../../toolchain/registry/lockFile.ts";

/** What became of an image since it was locked. */
export type Change = "new" | "moved" | "unused" | "same";

export interface Entry {
  image: string;
  change: Change;
  /** The digest that is locked. */
  was?: string;
  /** What the tag means now. */
  now?: string;
}

/**
 * Compares what is locked with what tags mean now. Images that nobody asked about are left alone, unless `whole`: then
 * no stack uses them any more.
 */
export function changesOf(before: Locked, found: Locked, whole: boolean): Entry[] {
  const names = [...new Set([...before.keys(), ...found.keys()])].toSorted();
  return names.flatMap((image): Entry[] => {
    const [was, now] = [before.get(image), found.get(image)];
    if (now === undefined) return whole && was !== undefined ? [{ image, change: "unused", was }] : [];
    if (was === undefined) return [{ image, change: "new", now }];
    return [{ image, change: was === now ? "same" : "moved", was, now }];
  });
}

/** What is locked once the changes are taken. */
export function applied(before: Locked, entries: readonly Entry[]): Locked {
  const after = new Map(before);
  for (const { image, now } of entries) {
    if (now === undefined) after.delete(image);
    else after.set(image, now);
  }
  return after;
}

/** `1 new, 2 moved`; empty when nothing differs. */
export function changeText(entries: readonly Entry[]): string {
  const kinds = ["new", "moved", "unused"] as const;
  return kinds
    .map((kind) => [kind, entries.filter(({ change }) => change === kind).length] as const)
    .flatMap(([kind, number]) => (number > 0 ? [`${number} ${kind}`] : []))
    .join(", ");
}
