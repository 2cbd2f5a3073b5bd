/** The status that the Docker Engine answered with; nothing of an error that is no answer, as where it can't be reached. */
export function statusOf(error: unknown): number | undefined {
  const status = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
  return typeof status === "number" ? status : undefined;
}

/** Nothing where the Docker Engine has no such thing any more, or is just removing it: somebody did while we looked. */
export function unlessGone(error: unknown): undefined {
  if (!isGone(error)) throw error;
}

export function isGone(error: unknown): boolean {
  const status = statusOf(error);
  return status === 404 || status === 409;
}
