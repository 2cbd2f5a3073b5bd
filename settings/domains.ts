import * as z from "zod";
import { dnsRule } from "../components/dns/dns.ts";
import { domainName, flag, rule } from "../lib/rules.ts";
import { strict } from "../lib/strict.ts";
import { isMap } from "./beside.ts";

const name = rule(
  'must be a domain name such as "www.example.org"',
  (value): value is string => value !== "" && domainName.safeParse(value).success,
);

/** Any name below another: `*.example.org`. */
function isWildcard(value: unknown): value is string {
  return (
    typeof value === "string" &&
    value.startsWith("*.") &&
    domainName.safeParse(value.slice(2)).success &&
    value !== "*."
  );
}

const furtherName = rule(
  'must be a domain name such as "www.example.org" or "*.example.org"',
  (value): value is string => isWildcard(value) || name.safeParse(value).success,
);

/** A further name that isn't led to the first one but answered as it is. */
export const servedSchema = strict({
  name: furtherName.describe("The name, or `*.` and one, for all that is a label below it"),
  serve: flag
    .default(false)
    .describe("It is answered as it is, as the first one is; else it leads to the first one (308)"),
});

type RawIssue = z.core.$ZodRawIssue;

const domain = z.unknown().transform((value, context): z.infer<typeof servedSchema> => {
  const result = isMap(value) ? servedSchema.safeParse(value) : furtherName.safeParse(value);
  if (result.success)
    return typeof result.data === "string" ? { name: result.data, serve: false } : result.data;
  for (const issue of result.error.issues) context.issues.push({ ...issue, input: value } as RawIssue);
  return z.NEVER;
});

export const domainsSchema = z.array(domain, {
  error: 'must be a list such as ["example.org", "www.example.org"]',
});

interface Given {
  domain: string;
  aliases: readonly string[];
  domains: z.infer<typeof domainsSchema>;
}

/** Under which names a system is found. */
export interface Names {
  /** Its name, empty where there is none. */
  domain: string;
  /** Further names that are answered as it is. */
  served: string[];
  /** Further names that lead to it. */
  aliases: string[];
}

/** The names, whichever way they were written. */
export function namesIn({ domain: one, aliases, domains }: Given): Names {
  const [first, ...others] = domains;
  if (first === undefined) return { domain: one, served: [], aliases: [...aliases] };
  const those = (serve: boolean) =>
    others.filter((other) => other.serve === serve).map((other) => other.name);
  return { domain: first.name, served: those(true), aliases: those(false) };
}

/** Every name, the first one first; none where there is none. */
export function allNames({
  domain: one,
  served,
  aliases,
}: { readonly [Key in keyof Names]: Readonly<Names[Key]> }): string[] {
  return one === "" ? [] : [one, ...served, ...aliases];
}

/** What names must be to each other, path → rule. */
export function domainProblems(given: Partial<Record<keyof Given, unknown>>): [string[], string][] {
  const { domain: one, aliases, domains } = given;
  if (!Array.isArray(domains) || domains.length === 0) return [];
  const names = domains.map((entry: unknown) => (isMap(entry) ? entry.name : entry));
  const twice = names.flatMap((entry, index): [string[], string][] =>
    names.indexOf(entry) < index
      ? [[["domains", String(index)], "must be another name than the others"]]
      : [],
  );
  const first: [string[], string] = [
    ["domains", "0"],
    "must be a name and no wildcard: it is the system's own",
  ];
  const both = (key: string): [string[], string] => [[key], "must be left out where domains is set"];
  return [
    ...(isWildcard(names[0]) ? [first] : []),
    ...(one === undefined || one === "" ? [] : [both("domain")]),
    ...(Array.isArray(aliases) && aliases.length > 0 ? [both("aliases")] : []),
    ...twice,
  ];
}

/** What the system's own name must be to the zone in which its record is made, path → rule. */
export function zoneProblems({ host, ...given }: Given & { host?: unknown }): [string[], string][] {
  const dns = isMap(host) && isMap(host.dns) ? host.dns : {};
  if (typeof dns.zone !== "string") return [];
  const { domain: one } = namesIn(given);
  const wrong = dnsRule(one, dns.zone);
  if (wrong === undefined) return [];
  return [[given.domains.length > 0 ? ["domains", "0"] : ["domain"], wrong]];
}
