/** What a machine costs a month, by part, in US dollars. A part whose price isn't in the table has none. */
export interface Cost {
  machine?: number;
  disks?: number;
  address: number;
  /** The vendor's load balancer; there as a key, perhaps without a price, where there is one. */
  balancer?: number;
  /** Date of the prices, `2026-07-30`. */
  date: string;
  source: string;
  /** What the figures leave out or take for something else. */
  note?: string;
}

/** A resource of a state, as far as what it costs is told by it. */
export interface Rented {
  name: string;
  type: string;
  inputs: Readonly<Record<string, unknown>>;
}

/** Hours a month as both vendors reckon them. */
export const hoursAMonth = 730;

/** `host.cost: about 109.76 USD a month: machine 101.61, disks 4.50, address 3.65; …`, one line for the preview. */
export function costLine(cost: Cost, now = new Date(), machines = 1): string {
  const { date, source, note } = cost;
  const parts = partsOf(cost);
  const known = parts.flatMap(([, price]) => (price === undefined ? [] : [price]));
  const prices = parts.map(
    ([part, price]) => `${part} ${price === undefined ? "not in the table" : usd(price)}`,
  );
  const whole = known.length === parts.length ? "about" : "at least";
  const total = usd(known.reduce((sum, price) => sum + price, 0));
  const days = Math.floor((now.getTime() - Date.parse(date)) / millisecondsADay);
  const old = days > 90 ? `the prices are ${days} days old` : undefined;
  const without = ["traffic, snapshots and managed services", note, old].filter((part) => part !== undefined);
  const each = machines === 1 ? "" : ` for ${machines} machines`;
  return `host.cost: ${whole} ${total} USD a month${each}: ${prices.join(", ")}; prices of ${date} (${source}), without ${without.join("; ")}`;
}

/** What several machines cost together; each has prices of the same table. */
export function sumOf(costs: readonly [Cost, ...Cost[]]): Cost {
  const [first, ...others] = costs;
  return others.reduce((sum, one) => {
    const part = (name: "machine" | "disks"): number | undefined => {
      const [a, b] = [sum[name], one[name]];
      return a === undefined || b === undefined ? undefined : a + b;
    };
    const note = sum.note ?? one.note;
    return {
      ...sum,
      machine: part("machine"),
      disks: part("disks"),
      address: sum.address + one.address,
      note,
    };
  }, first);
}

/** The whole of it, in US dollars rounded to cents; nothing where a part of it isn't known. */
export function totalCost(cost: Cost): number | undefined {
  const prices = partsOf(cost).map(([, price]) => price);
  const known = prices.filter((price) => price !== undefined);
  if (known.length < prices.length || cost.note !== undefined) return undefined;
  return Math.round(known.reduce((sum, price) => sum + price, 0) * 100) / 100;
}

/** By what it is; a price that isn't in the table is none. */
function partsOf({ machine, disks, address, ...more }: Cost): [part: string, price: number | undefined][] {
  return Object.entries({ machine, disks, address, ...("balancer" in more && { balancer: more.balancer }) });
}

const millisecondsADay = 86_400_000;

function usd(price: number): string {
  return price.toFixed(2);
}
