/** Nothing where the Docker Engine has no such thing any more: somebody removed it while we looked. */
export function unlessGone(error: unknown): undefined {
  const status = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
  if (status !== 404) throw error;
}
