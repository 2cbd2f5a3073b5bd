/** Nothing where the Docker Engine has no such thing any more, or is just removing it: somebody did while we looked. */
export function unlessGone(error: unknown): undefined {
  const status = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
  if (status !== 404 && status !== 409) throw error;
}
