let stamp: string | undefined;

/** Told once, as the process begins: what stands for all files that this program is made of and reads. */
export function sourcesAre(given: string | undefined): void {
  stamp = given;
}

/** Nothing where the program runs as its sources lie there, which may change while it does. */
export function sourcesNow(): string | undefined {
  return stamp;
}
