export function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

/**
 * Asks five times a second, and once a second after ten, until the answer is neither false nor undefined, and gives it
 * back: what is asked is often a process, which takes its part of a core from what is waited for.
 *
 * @throws when `seconds` have passed, with what the last error says if asking failed
 */
export async function until<T>(
  what: string,
  seconds: number,
  ask: () => Promise<T>,
): Promise<Exclude<T, false | null | undefined>> {
  const began = performance.now();
  const deadline = began + seconds * 1000;
  for (;;) {
    const { answer, error } = await ask().then(
      (given) => ({ answer: given, error: undefined }),
      (reason: unknown) => ({ answer: undefined, error: reason }),
    );
    if (answer !== undefined && answer !== false && answer !== null)
      return answer as Exclude<T, false | null | undefined>;
    if (performance.now() > deadline) {
      const saw = error instanceof Error ? `: ${error.message}` : "";
      throw new Error(`${what}: not within ${seconds} s${saw}`, { cause: error });
    }
    await sleep(performance.now() < began + 10_000 ? 0.2 : 1);
  }
}
