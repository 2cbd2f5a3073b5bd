import { isIP } from "node:net";
import { recordTtl } from "./dns.ts";

/** A record that whoever runs a domain's DNS has to make. */
export interface HandMadeRecord {
  /** Such as `app.example.org`, or `*.example.org` for all that is a label below it. */
  name: string;
  type: "A" | "AAAA" | "CNAME";
  /** Where it leads: an address, or with CNAME another name. */
  value: string;
}

/** What leads names to a machine; nothing for one that is the machine's own name, which leads there already. */
export function recordsByHand(names: readonly string[], address: string): HandMadeRecord[] {
  const type = ({ 0: "CNAME", 4: "A", 6: "AAAA" } as const)[isIP(address) as 0 | 4 | 6];
  return names.filter((name) => name !== address).map((name) => ({ name, type, value: address }));
}

/** As zone files have it. */
export function zoneLine({ name, type, value }: HandMadeRecord): string {
  return `${name} ${recordTtl} IN ${type} ${value}`;
}
