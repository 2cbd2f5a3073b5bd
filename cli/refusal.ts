/** What stops a command before it has changed anything: one line a problem, `key: rule, got value`, then the fix. */
export class Refusal extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join("\n"));
    this.name = "Refusal";
  }
}

/** The problems an error tells of, if it is one that a person can act on; settings' errors have the same shape. */
export function problemsIn(error: unknown): readonly string[] | undefined {
  if (!(error instanceof Error) || !("problems" in error) || !Array.isArray(error.problems)) return undefined;
  return error.problems.map(String);
}

/** One line of what went wrong, without a stack trace. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
