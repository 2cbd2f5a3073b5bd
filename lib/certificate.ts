import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";
import { rootCertificates } from "node:tls";

/** A certificate with what it was signed by, and its key, both as PEM. */
export interface KeyPair {
  certificate: string;
  key: string;
}

/** One thing that is wrong with a pair, without anything of the key. */
export interface PairProblem {
  part: keyof KeyPair;
  rule: string;
  got: string;
}

const day = 86_400_000;

/** Days before its end at which a certificate is warned of. */
export const warnDays = 14;

/** What is wrong with a pair that is to serve these names at this time, or at any; nothing where browsers would take it. */
export function pairProblems(pair: KeyPair, names: readonly string[], now: Date | undefined): PairProblem[] {
  const say = (rule: string, got: string, part: keyof KeyPair = "certificate"): PairProblem[] => [
    { part, rule, got },
  ];
  const chain = chainOf(pair.certificate);
  const key = keyOf(pair.key);
  const [leaf] = chain ?? [];
  return [
    ...(key === undefined
      ? say("must be a private key in PEM form without a passphrase", "something else", "key")
      : []),
    ...(chain === undefined || leaf === undefined
      ? say(
          "must be PEM certificates: the site's own first, then those that it was signed by",
          "something else",
        )
      : [
          ...(key !== undefined && !leaf.checkPrivateKey(key)
            ? say("must be the key of the certificate", "another key", "key")
            : []),
          ...(now ? timeProblem(leaf, now) : []),
          ...chainProblem(chain),
          ...nameProblem(leaf, names),
        ]),
  ];
}

/** When the certificate of a checked pair ends. */
export function endOf(certificate: string): Date {
  return new Date(chainOf(certificate)?.[0]?.validTo ?? Number.NaN);
}

/** Whole days from now until then. */
export function daysUntil(end: Date, now: Date): number {
  return Math.floor((end.getTime() - now.getTime()) / day);
}

/** Nothing where any of it isn't a certificate. */
function chainOf(text: string): X509Certificate[] | undefined {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    return undefined;
  }
}

function keyOf(text: string): KeyObject | undefined {
  try {
    return createPrivateKey(text);
  } catch {
    return undefined;
  }
}

function timeProblem(leaf: X509Certificate, now: Date): PairProblem[] {
  const [start, end] = [new Date(leaf.validFrom), new Date(leaf.validTo)];
  const part = "certificate";
  if (end < now) return [{ part, rule: "must not have ended", got: `one until ${dayOf(end)}` }];
  return start > now ? [{ part, rule: "must hold already", got: `one from ${dayOf(start)}` }] : [];
}

/** A client knows roots alone: each certificate has to be followed by the one that signed it, up to a root. */
function chainProblem(chain: readonly X509Certificate[]): PairProblem[] {
  const part = "certificate";
  const broken = chain.findIndex((one, index) => {
    const next = chain[index + 1];
    return next !== undefined && !isSignedBy(one, next);
  });
  if (broken >= 0)
    return [
      {
        part,
        rule: "must be followed by the certificate that signed it, and so on in this order",
        got: `${nameIn(chain[broken + 1]?.subject)} after ${nameIn(chain[broken]?.subject)}, which ${nameIn(chain[broken]?.issuer)} signed`,
      },
    ];
  const last = chain.at(-1);
  if (last === undefined || isSignedBy(last, last) || roots().some((root) => isSignedBy(last, root)))
    return [];
  return [
    {
      part,
      rule: "must hold the whole chain, up to one that a public root signed; a root of your own belongs at its end",
      got: `nothing after ${nameIn(last.subject)}, which ${nameIn(last.issuer)} signed`,
    },
  ];
}

function isSignedBy(one: X509Certificate, other: X509Certificate): boolean {
  return one.checkIssued(other) && one.verify(other.publicKey);
}

let known: readonly X509Certificate[] | undefined;

/** Node's own, parsed once where somebody asks: there are some 150. */
function roots(): readonly X509Certificate[] {
  known ??= rootCertificates.map((text) => new X509Certificate(text));
  return known;
}

function nameProblem(leaf: X509Certificate, names: readonly string[]): PairProblem[] {
  const held = namesOf(leaf);
  const left = names.filter((name) => !held.some((one) => covers(one, name)));
  return left.length === 0
    ? []
    : [
        {
          part: "certificate",
          rule: `must be for every name of the system, ${left.join(", ")} too`,
          got: held.length === 0 ? "one for no name" : `one for ${held.join(", ")}`,
        },
      ];
}

/** The DNS names that it is for; browsers read no others. */
function namesOf({ subjectAltName = "" }: X509Certificate): string[] {
  return subjectAltName.split(/,\s*/).flatMap((entry) => {
    const [, name] = /^DNS:(.+)$/.exec(entry) ?? [];
    return name === undefined ? [] : [name.toLowerCase()];
  });
}

/** `*.` stands for one label (RFC 6125, 6.4.3). */
function covers(held: string, name: string): boolean {
  return held === name || (held.startsWith("*.") && name.slice(name.indexOf(".")) === held.slice(1));
}

function nameIn(distinguished = ""): string {
  return /(?:^|\n)CN=(.*)/.exec(distinguished)?.[1] ?? distinguished.replaceAll("\n", ", ");
}

/** `2026-11-26`. */
export function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}
