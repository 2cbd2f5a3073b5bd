import * as z from "zod";
import { daysUntil, dayOf, endOf, pairProblems, warnDays } from "../lib/certificate.ts";
import { text } from "../lib/rules.ts";
import { strict } from "../lib/strict.ts";
import { isMap } from "./beside.ts";
import { allNames, namesIn } from "./domains.ts";

/** A certificate of the owner's. */
export const pairSchema = strict({
  certificate: text.describe(
    "PEM text of the site's certificate and of those that it was signed by, in this order",
  ),
  key: text.describe("PEM text of its private key, set with `--secret`"),
});

export type OwnPair = z.infer<typeof pairSchema>;

export type TlsSettings = false | { own: OwnPair };

type RawIssue = z.core.$ZodRawIssue;

/** Off, or a certificate of the owner's. */
export const tlsSchema = z.unknown().transform((value, context): TlsSettings => {
  if (value === false) return false;
  const result = pairSchema.safeParse(value);
  if (result.success) return { own: result.data };
  for (const issue of result.error.issues)
    context.issues.push(hidden({ ...issue, input: value } as RawIssue));
  return z.NEVER;
});

/** A key is never shown. */
function hidden(issue: RawIssue): RawIssue {
  const last = String(issue.path?.at(-1));
  return ["key", "certificate"].includes(last)
    ? { ...issue, code: "custom", params: { secret: true } }
    : issue;
}

interface Given {
  domain: string;
  aliases: readonly string[];
  domains: Parameters<typeof namesIn>[0]["domains"];
  tls: TlsSettings;
  host?: unknown;
}

interface Problem {
  path: string[];
  rule: string;
  got?: unknown;
}

/** What TLS must be to the system's names. */
export function tlsProblems({ tls, host, ...given }: Given, now = new Date()): Problem[] {
  if (tls === false) return [];
  const names = allNames(namesIn(given));
  return [...portProblem(host), ...ownProblems(tls.own, names, now)];
}

/** On this machine both ports are the user's to choose. */
function portProblem(host: unknown): Problem[] {
  return isMap(host) && host.port !== undefined && host.port === host.httpsPort
    ? [{ path: ["host", "httpsPort"], rule: "must be another port than host.port", got: host.port }]
    : [];
}

function ownProblems(own: OwnPair, names: readonly string[], now: Date): Problem[] {
  return pairProblems(own, names, now).map(({ part, ...problem }) => ({ path: ["tls", part], ...problem }));
}

/** A line about a certificate of the owner's that ends soon. */
export function tlsNotes({ tls }: Pick<Given, "tls">, now = new Date()): string[] {
  if (tls === false) return [];
  const end = endOf(tls.own.certificate);
  const days = daysUntil(end, now);
  return days >= warnDays
    ? []
    : [`tls.certificate: ends in ${days} days, on ${dayOf(end)}; set the next one before that`];
}
