/** A resource as the state has it. */
interface Held {
  id?: string;
  inputs?: Readonly<Record<string, unknown>>;
  outputs?: Readonly<Record<string, unknown>>;
}

/** What a vendor makes for a stack and its owner would miss, or has to pay for. */
export interface KeptThing {
  kind: "machine" | "disk" | "address" | "bucket" | "database" | "zone";
  /** Output that has the name by which its owner finds it. @default its id */
  named?: string;
  /** Copies of its data that outlive it: their name, and the vendor's command that prints them. @default it has none */
  copies?: (one: Held) => { name: string; prints: string } | undefined;
}

/** By the type of the resource, in the order in which people read them. */
export type KeptThings = Readonly<Record<string, KeptThing>>;
