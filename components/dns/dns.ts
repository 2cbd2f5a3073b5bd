import type * as pulumi from "@pulumi/pulumi";

/** Where a domain's records are made, as plain data. */
export interface DnsZone {
  /** Name of the zone, such as `example.org`. */
  zone: string;
  /** Make the zone instead of looking it up. */
  create: boolean;
}

export interface DnsRecordArgs extends DnsZone {
  /** Name that gets the addresses, such as `app.example.org`. */
  domain: string;
  /** The machine's addresses, or several machines': an A record, and an AAAA record where one is IPv6. */
  ipv4: pulumi.Input<string> | readonly pulumi.Input<string>[];
  ipv6?: pulumi.Input<string>;
}

/** Seconds a resolver may keep an answer: short, because a new machine on a new address should be found soon. */
export const recordTtl = 300;

/** One record set to make. */
export interface RecordSpec {
  type: "A" | "AAAA";
  addresses: pulumi.Input<string>[];
}

export function recordSpecs({ ipv4, ipv6 }: DnsRecordArgs): RecordSpec[] {
  return [
    { type: "A", addresses: isList(ipv4) ? [...ipv4] : [ipv4] },
    ...(ipv6 === undefined ? [] : [{ type: "AAAA" as const, addresses: [ipv6] }]),
  ];
}

/** What `Array.isArray` doesn't say of a list that nobody may change. */
function isList(ipv4: DnsRecordArgs["ipv4"]): ipv4 is readonly pulumi.Input<string>[] {
  return Array.isArray(ipv4);
}

/** What a domain must be to its zone; nothing where it is. */
export function dnsRule(domain: string, zone: string): string | undefined {
  if (domain === "") return `must be set when host.dns is, such as "app.${zone}"`;
  return domain === zone || domain.endsWith(`.${zone}`) ? undefined : `must be in zone ${zone} of host.dns`;
}

/** What is wrong with a domain and its zone, as `path: rule, got value`. */
export function dnsProblem(domain: string, zone: string): string | undefined {
  const wrong = dnsRule(domain, zone);
  return wrong && `domain: ${wrong}, got ${domain === "" ? "nothing" : `"${domain}"`}`;
}
