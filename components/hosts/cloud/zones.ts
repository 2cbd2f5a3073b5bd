/** Zones over which machines go in turn, the first machine's first; without one of its own it is in the first of all. */
export function inTurn(all: readonly string[], first = all[0]): string[] {
  const place = first === undefined ? -1 : all.indexOf(first);
  if (place < 0) return [...(first === undefined ? [] : [first]), ...all];
  return [...all.slice(place), ...all.slice(0, place)];
}
