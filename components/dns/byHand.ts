import { BlockList, isIP } from "node:net";
import { recordTtl } from "./dns.ts";

/** A record that whoever runs a domain's DNS has to make. */
export interface HandMadeRecord {
  /** Such as `app.example.org`, or `*.example.org` for all that is a label below it. */
  name: string;
  type: "A" | "AAAA" | "CNAME";
  /** Where it leads: an address, or with CNAME another name. */
  value: string;
}

/** Addresses that the public can't reach: RFC 1918, 6598, 3927, 5735, 4193, 4291. */
const inside = new BlockList();
for (const [network, bits] of [
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["100.64.0.0", 10],
  ["169.254.0.0", 16],
  ["127.0.0.0", 8],
] as const)
  inside.addSubnet(network, bits, "ipv4");
for (const [network, bits] of [
  ["fc00::", 7],
  ["fe80::", 10],
] as const)
  inside.addSubnet(network, bits, "ipv6");
inside.addAddress("::1", "ipv6");

/**
 * What leads names to a machine; nothing for one that is the machine's own name, which leads there already. Nothing
 * either where the machine is reached by a private address or an alias of ssh's: what the public asks isn't known then.
 */
export function recordsByHand(names: readonly string[], address: string): HandMadeRecord[] {
  if (isPrivate(address)) return [];
  const type = ({ 0: "CNAME", 4: "A", 6: "AAAA" } as const)[isIP(address) as 0 | 4 | 6];
  return names.filter((name) => name !== address).map((name) => ({ name, type, value: address }));
}

function isPrivate(address: string): boolean {
  const version = isIP(address);
  if (version === 0) return !address.includes(".");
  return inside.check(address, version === 4 ? "ipv4" : "ipv6");
}

/** As zone files have it. */
export function zoneLine({ name, type, value }: HandMadeRecord): string {
  return `${name} ${recordTtl} IN ${type} ${value}`;
}
