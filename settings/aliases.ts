import * as z from "zod";
import { domainName, rule } from "../lib/rules.ts";

export const aliasesSchema = z.array(
  rule(
    'must be a domain name such as "www.example.org"',
    (value): value is string => value !== "" && domainName.safeParse(value).success,
  ),
  { error: 'must be a list such as ["www.example.org"]' },
);

/** What names must be to each other, path → rule. */
export function aliasProblems({
  domain,
  aliases,
}: {
  domain: unknown;
  aliases: unknown;
}): [string[], string][] {
  if (!Array.isArray(aliases) || aliases.length === 0) return [];
  if (domain === "") return [[["aliases"], "must be left out unless domain is set"]];
  return aliases.flatMap((alias: unknown, index): [string[], string][] =>
    alias === domain || aliases.indexOf(alias) < index
      ? [[["aliases", String(index)], "must be another name than domain and the other aliases"]]
      : [],
  );
}
