/** Bytes as people read them: `96M`, `1.5G`. */
export function bytes(count: number): string {
  const mebi = count / 1024 / 1024;
  return mebi >= 1024 ? `${(mebi / 1024).toFixed(1)}G` : `${Math.round(mebi)}M`;
}

/** Bytes a second as people read them: `0`, `850B/s`, `12K/s`, `3.4M/s`. */
export function rate(perSecond: number): string {
  if (perSecond < 1) return "0";
  if (perSecond < 1024) return `${Math.round(perSecond)}B/s`;
  const kibi = perSecond / 1024;
  return kibi < 1024 ? `${Math.round(kibi)}K/s` : `${(kibi / 1024).toFixed(1)}M/s`;
}

/** How long something takes or took: `0.4 s`, `12 s`, `3 min 5 s`. */
export function seconds(milliseconds: number): string {
  const whole = Math.round(milliseconds / 1000);
  if (milliseconds < 9950) return `${(milliseconds / 1000).toFixed(1)} s`;
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** How long something has been there, in its two largest units: `45s`, `5m12s`, `3h4m`, `9d2h`. */
export function age(milliseconds: number): string {
  const total = Math.max(0, Math.floor(milliseconds / 1000));
  const units = [
    [Math.floor(total / 86400), "d"],
    [Math.floor(total / 3600) % 24, "h"],
    [Math.floor(total / 60) % 60, "m"],
    [total % 60, "s"],
  ] as const;
  const first = units.findIndex(([count]) => count > 0);
  const shown = first === -1 ? [[0, "s"] as const] : units.slice(first, first + 2);
  return shown
    .filter(([count], index) => index === 0 || count > 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join("");
}

/** `1 service`, `2 services`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
