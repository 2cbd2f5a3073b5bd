const wanted = process.env.BERTH_FUZZ_RUNS;

/** Of how many configs something is tried: `BERTH_FUZZ_RUNS`, or as many as a commit is worth. */
export function runs(usual: number): number {
  return wanted === undefined ? usual : Number(wanted);
}

/** `BERTH_FUZZ_SEED`, which a failure prints. Else the same for each commit, and another for each longer run. */
export const seed = Number(
  process.env.BERTH_FUZZ_SEED ?? (wanted === undefined ? 20_261_127 : Date.now() % 2 ** 31),
);

/** Milliseconds of a test that tries so many configs. */
export const timeout = 180_000 + 2_000 * runs(0);

/** Ends what waits without end, and names the config: the test's own limit would leave out what it was at. */
export const limits = {
  // Of one config: a graph that waits for itself is never made.
  timeout: 60_000,
  interruptAfterTimeLimit: timeout - 60_000,
  markInterruptAsFailure: true,
};
