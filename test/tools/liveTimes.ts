/** What a live file took, without its wait for a place on the machine. */
export interface LiveTime {
  file: string;
  milliseconds: number;
  sideBySide: boolean;
}

/**
 * Lines that say where a run's time went: its slowest live files, longest first, and what both kinds took in all. Files
 * that run side by side count each, so that sum is more than what passed on the clock.
 *
 * @returns nothing for fewer than two files, which have told their time themselves
 */
export function liveTimeLines(times: readonly LiveTime[], most = 25): string[] {
  if (times.length < 2) return [];
  const slowest = times.toSorted((a, b) => b.milliseconds - a.milliseconds).slice(0, most);
  return [
    `slowest ${slowest.length} of ${times.length} live files:`,
    ...slowest.map(
      ({ file, milliseconds, sideBySide }) =>
        `  ${inSeconds(milliseconds).padStart(6)} s  ${sideBySide ? "side by side" : "alone       "}  ${file}`,
    ),
    sum(
      "alone",
      times.filter((time) => !time.sideBySide),
    ),
    sum(
      "side by side",
      times.filter((time) => time.sideBySide),
    ),
  ];
}

function sum(how: string, times: readonly LiveTime[]): string {
  const all = times.reduce((total, { milliseconds }) => total + milliseconds, 0);
  return `live files ${how}: ${times.length}, ${inSeconds(all)} s in all`;
}

function inSeconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(1);
}
