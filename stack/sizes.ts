import type { Capacity } from "../components/containers/host.ts";

/** How large a stack's machines are: its own, and those beside it by name. */
export interface Sizes {
  capacity: Capacity;
  /** @default none */
  beside?: Readonly<Record<string, { capacity: Capacity }>>;
}
