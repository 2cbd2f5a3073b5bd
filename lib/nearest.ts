/** The one of `names` that somebody meant who wrote `given`, where one is near enough to say so. */
export function nearest(given: string, names: readonly string[]): string | undefined {
  const most = Math.max(2, Math.floor(given.length / 4));
  const [first] = names
    .map((name) => ({ name, distance: distance(given.toLowerCase(), name.toLowerCase()) }))
    .filter((one) => one.distance <= most)
    .toSorted((a, b) => a.distance - b.distance);
  return first?.name;
}

/** How many letters have to be put in, left out or changed (Levenshtein's distance). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [index, letter] of a.split("").entries()) {
    let left = index + 1;
    const next = [left];
    for (const [column, other] of b.split("").entries()) {
      const kept = (row[column] ?? 0) + (letter === other ? 0 : 1);
      left = Math.min(left + 1, (row[column + 1] ?? 0) + 1, kept);
      next.push(left);
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
