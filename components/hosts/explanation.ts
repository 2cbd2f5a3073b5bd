/** A vendor's or its command line's message, and what to do about it, told what the pattern caught. */
export type Explanation = readonly [
  pattern: RegExp,
  words: string | ((caught: string | undefined) => string),
];

/** `, got "x"`, where a message told it. */
export function got(caught: string | undefined): string {
  return caught === undefined ? "" : `, got "${caught}"`;
}
