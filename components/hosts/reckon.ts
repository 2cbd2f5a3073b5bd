import { totalCost, type Rented } from "./cost.ts";
import type { Kind } from "./kind.ts";
import { hostKinds } from "./registry.ts";

export interface Reckoned {
  /** US dollars a month, for all machines together. */
  month: number;
  /** Date of the prices. */
  date: string;
}

/**
 * What the machines of a state cost by the tables that there are now, whenever it was made; nothing where none is rented,
 * or one isn't known.
 */
export function reckoned(
  rented: readonly Rented[],
  kinds: readonly Kind[] = hostKinds,
): Reckoned | undefined {
  const costs = kinds.flatMap((kind) => kind.reckon?.(rented) ?? []);
  const totals = costs.map((cost) => cost && totalCost(cost));
  const known = totals.filter((total) => total !== undefined);
  const date = costs[0]?.date;
  if (date === undefined || known.length < totals.length) return undefined;
  return { month: Math.round(known.reduce((sum, one) => sum + one, 0) * 100) / 100, date };
}
