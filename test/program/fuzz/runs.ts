const wanted = process.env.BERTH_FUZZ_RUNS;

/** Of how many configs something is tried: `BERTH_FUZZ_RUNS`, or as many as a commit is worth. */
export function runs(usual: number): number {
  return wanted === undefined ? usual : Number(wanted);
}

/** `BERTH_FUZZ_SEED`, which a failure prints. Else the same for each commit, and another for each longer run. */
export const seed = Number(
  process.env.BERTH_FUZZ_SEED ?? (wanted === undefined ? 20_261_127 : Date.now() % 2 ** 31),
);
