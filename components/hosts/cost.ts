/** What a machine costs a month, by part, in US dollars. A part whose price isn't in the table has none. */
export interface Cost {
  machine?: number;
  disks?: number;
  address: number;
  /** Date of the prices, `2026-07-30`. */
  date: string;
  source: string;
  /** What the figures leave out or take for something else. */
  note?: string;
}

/** Hours a month as both vendors reckon them. */
export const hoursAMonth = 730;

/** `host.cost: about 109.76 USD a month: machine 101.61, disks 4.50, address 3.65; …`, one line for the preview. */
export function costLine({ machine, disks, address, date, source, note }: Cost): string {
  const parts = Object.entries({ machine, disks, address });
  const known = parts.flatMap(([, price]) => (price === undefined ? [] : [price]));
  const prices = parts.map(
    ([part, price]) => `${part} ${price === undefined ? "not in the table" : usd(price)}`,
  );
  const whole = known.length === parts.length ? "about" : "at least";
  const total = usd(known.reduce((sum, price) => sum + price, 0));
  const without = note === undefined ? "traffic and snapshots" : `traffic and snapshots; ${note}`;
  return `host.cost: ${whole} ${total} USD a month: ${prices.join(", ")}; prices of ${date} (${source}), without ${without}`;
}

function usd(price: number): string {
  return price.toFixed(2);
}
