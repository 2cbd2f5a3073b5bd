import { X509Certificate } from "node:crypto";
import * as z from "zod";
import { daysUntil, dayOf, endOf, pairProblems, warnDays } from "../lib/certificate.ts";
import type { Acme } from "../services/certificates/acme.ts";
import type { OwnPair, TlsMeans } from "../services/proxy/publicSettings.ts";
import { isMailAddress } from "../lib/mailAddress.ts";
import { flag, rule, text, variablesOf, variableText } from "../lib/rules.ts";
import { holding, isText, secret } from "../lib/secret.ts";
import { strict } from "../lib/strict.ts";
import { isMap } from "./beside.ts";
import { allNames, namesIn } from "./domains.ts";

/** A certificate of the owner's. */
export const pairSchema = strict({
  certificate: secret(text, (value) => typeof value === "string" && value.includes("PRIVATE KEY")).describe(
    "PEM text of the site's certificate and of those that it was signed by, in this order",
  ),
  key: secret(text).describe("PEM text of its private key, set with `--secret`"),
});

const directoryUrl = rule(
  'must be the URL of an ACME directory such as "https://acme.example.org/directory"',
  (value): value is string => typeof value === "string" && /^https:\/\/[^\s/?#@]+\/[^\s]*$/.test(value),
);

const address = rule(
  'must be an e-mail address such as "ops@example.org"',
  // A CA writes to no host of a local network.
  (value): value is string => isMailAddress(value) && /@.*\./.test(value),
);

/** No more than what an ACME client writes into its own environment and a file. */
const word = rule(
  "must be one word without spaces or quotes",
  (value): value is string => typeof value === "string" && /^[\w+/=.:-]+$/.test(value),
);

const authority = rule("must be certificates in PEM form", (value): value is string => {
  try {
    return typeof value === "string" && new X509Certificate(value).subject !== "";
  } catch {
    return false;
  }
});

/** Whether what lego calls by this name is a secret, and not what a file has, whose it is, where and how to ask or how long to wait. */
function isCredential(value: unknown, name: string): boolean {
  return (
    isText(value) &&
    !/_(?:FILE|ID|PROJECT|PROFILE|GROUP|REGION|ENVIRONMENT|ENDPOINT|HOST|NAMESERVER|ALGORITHM|EMAIL|USER|USERNAME|TTL|TIMEOUT|INTERVAL)$/.test(
      name,
    )
  );
}

/** Where the CA's questions are answered, with the words of https://go-acme.github.io/lego/dns. */
export const dnsSchema = strict({
  provider: rule(
    'must be the name of a DNS provider as lego has it, such as "cloudflare"',
    (value): value is string => typeof value === "string" && /^[a-z][a-z0-9-]*$/.test(value),
  ).describe("Who runs the DNS, as [lego names it](https://go-acme.github.io/lego/dns/)"),
  credentials: variablesOf(secret(variableText, isCredential)).describe(
    "The variables that lego reads of it, such as `{ CF_DNS_API_TOKEN: … }`, set with `--secret`",
  ),
});

/** Certificates from an ACME CA. */
export const acmeSchema = strict({
  email: address.optional().describe("Where the CA writes to; most need none"),
  ca: directoryUrl.optional().describe("Its ACME directory, Let's Encrypt's unless set"),
  staging: flag
    .optional()
    .describe(
      "Let's Encrypt's directory for trials: no browser trusts its certificates, and its limits are wide",
    ),
  eab: strict({
    kid: word.describe("Key identifier"),
    hmac: secret(word).describe("MAC key, set with `--secret`"),
  })
    .optional()
    .describe("External account binding, where the CA asks for it"),
  caCertificate: authority
    .optional()
    .describe("PEM text of the root that the directory's own certificate is under, for a private CA"),
  dns: dnsSchema
    .optional()
    .describe(
      "Answer the CA's questions in the DNS and not over HTTP, for wildcards and for names that reach no port 80",
    ),
});

const directories = {
  production: "https://acme-v02.api.letsencrypt.org/directory",
  staging: "https://acme-staging-v02.api.letsencrypt.org/directory",
};

export type TlsSettings = false | TlsMeans;

type RawIssue = z.core.$ZodRawIssue;

const tls = z.unknown().transform((value, context): TlsSettings => {
  if (value === false) return false;
  if (value !== true && !isMap(value)) {
    const message = "must be true, false, or a map such as { email: ops@example.org }";
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  }
  const given = value === true ? {} : value;
  const own = "certificate" in given || "key" in given;
  const result = own ? pairSchema.safeParse(given) : acmeSchema.safeParse(given);
  if (!result.success) {
    for (const issue of result.error.issues) context.issues.push({ ...issue, input: value } as RawIssue);
    return z.NEVER;
  }
  if ("certificate" in result.data) return { own: result.data };
  const { ca, staging, ...rest } = result.data;
  if (ca !== undefined && staging !== undefined) {
    const message = "must be left out where ca is set: staging is a directory of Let's Encrypt";
    context.addIssue({ code: "custom", message, path: ["staging"] });
    return z.NEVER;
  }
  return { acme: { ...rest, ca: ca ?? directories[staging === true ? "staging" : "production"] } };
});

/** Off, from a CA, or of the owner's. */
export const tlsSchema = holding(tls, [acmeSchema, pairSchema]);

/** Whether what settings say, perhaps wrongly, is certificates from a CA. */
export function isFromCa(given: unknown): boolean {
  return given === true || (isMap(given) && !("certificate" in given) && !("key" in given));
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

/** At most so many names are in a certificate (https://letsencrypt.org/docs/rate-limits/). */
const mostNames = 100;

/** What TLS must be to the system's names. */
export function tlsProblems(
  { tls, host, ...given }: Given,
  { ended = false }: { ended?: boolean } = {},
  now = new Date(),
): Problem[] {
  if (tls === false) return [];
  const names = allNames(namesIn(given));
  return [
    ...portProblem(host),
    ...("own" in tls ? ownProblems(tls.own, names, ended ? undefined : now) : acmeProblems(names, tls.acme)),
  ];
}

/** On this machine both ports are the user's to choose. */
function portProblem(host: unknown): Problem[] {
  return isMap(host) && host.port !== undefined && host.port === host.httpsPort
    ? [{ path: ["host", "httpsPort"], rule: "must be another port than host.port", got: host.port }]
    : [];
}

function ownProblems(own: OwnPair, names: readonly string[], now: Date | undefined): Problem[] {
  return pairProblems(own, names, now).map(({ part, ...problem }) => ({ path: ["tls", part], ...problem }));
}

function acmeProblems(names: readonly string[], { dns }: Acme): Problem[] {
  const wildcards = names.filter((name) => name.startsWith("*."));
  if (wildcards.length > 0 && dns === undefined)
    return [
      {
        path: ["domains"],
        rule: "must be without wildcards, or tls.dns be set: a CA asks for those in the DNS alone",
        got: wildcards.join(", "),
      },
    ];
  if (names.length === 0)
    return [
      {
        path: ["tls"],
        rule: "must be false, or a certificate of your own, unless domains is set",
        got: "TLS without a name",
      },
    ];
  return names.length > mostNames
    ? [{ path: ["domains"], rule: `must be at most ${mostNames} names with tls`, got: `${names.length}` }]
    : [];
}

/** A line about a certificate of the owner's that ends soon. */
export function tlsNotes({ tls }: Pick<Given, "tls">, now = new Date()): string[] {
  if (tls === false || !("own" in tls)) return [];
  const end = endOf(tls.own.certificate);
  const days = daysUntil(end, now);
  return days >= warnDays
    ? []
    : [`tls.certificate: ends in ${days} days, on ${dayOf(end)}; set the next one before that`];
}
