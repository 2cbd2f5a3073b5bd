import { isIPv4, isIPv6 } from "node:net";
import * as z from "zod";
import { flag, rule, wholeNumber } from "../../../lib/rules.ts";
import { strict } from "../../../lib/strict.ts";

/** Text of one form, said in words. */
export function like(words: string, pattern: RegExp) {
  return rule(words, (value): value is string => typeof value === "string" && pattern.test(value));
}

/**
 * Who may open a connection to port 22. Whole countries' worth of addresses are refused with the whole internet,
 * or `0.0.0.0/1` and `128.0.0.0/1` together would be just that.
 */
const namedAddresses = rule(
  'must be addresses such as "203.0.113.7/32", at most a /16 (IPv6: /32) each and never the whole internet',
  (value): value is string[] => Array.isArray(value) && value.every(isNamedBlock),
);

function isNamedBlock(value: unknown): boolean {
  const [, address = "", bits = ""] =
    /^([^/]+)\/(\d{1,3})$/.exec(typeof value === "string" ? value : "") ?? [];
  const length = Number(bits);
  return (
    (isIPv4(address) && length >= 16 && length <= 32) || (isIPv6(address) && length >= 32 && length <= 128)
  );
}

/** A line of `ssh-add -L`, or of a `.pub` file. */
const publicKey = like(
  'must be a public key such as "ssh-ed25519 AAAA… you@laptop"; ssh-add -L prints yours, ssh-keygen -t ed25519 makes one',
  /^(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)|sk-ssh-ed25519@openssh\.com) [A-Za-z0-9+/]{40,}={0,2}(?: [^\n]*)?$/,
);

/** How people and runs reach the machine's sshd; what is specific to a vendor comes on top. */
export const sshShape = {
  publicKeys: z
    .array(publicKey, { error: "must be a list of public keys, one or more; ssh-add -L prints yours" })
    .min(1, "must be a list of public keys, one or more; ssh-add -L prints yours")
    .describe("Who may log in, as `user`"),
  key: like('must be the path of a private key such as "~/.ssh/id_ed25519"', /^[^\n]+$/)
    .optional()
    .describe("Best below `~`; what the ssh agent offers unless set"),
  user: like('must be a user name such as "berth"', /^[a-z_][a-z0-9_-]{0,31}$/)
    .default("berth")
    .describe("The user that may talk to Docker"),
  allowFrom: namedAddresses.default([]).describe("From where port 22 is open"),
};

/** Who, as Google's IAM writes it. */
const member = like(
  'must be a member such as "user:you@example.org" or "group:ops@example.org"',
  /^(?:user|group|serviceAccount|domain):[^\s:]+$/,
);

/** Who else comes in. Each is a grant of its own, so the engine knows none twice. */
export const members = z.array(member, { error: "must be a list of members" }).superRefine((all, context) => {
  all.forEach((one, index) => {
    if (all.indexOf(one) !== index)
      context.addIssue({ code: "custom", path: [index], message: "must be there once" });
  });
});

/** Where the domain's record is made. */
export const dnsShape = {
  zone: like(
    'must be the name of a zone such as "example.org"',
    /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/,
  ).describe("Where the domain's record is made; without `dns` there is none"),
  create: flag
    .default(false)
    .describe(
      "Make the zone, which is looked up otherwise; its name servers then have to be entered at the registrar",
    ),
};

/**
 * Machines that a number makes one swarm of. Their overlay has 254 addresses, a /24, of which each machine takes two, its
 * proxy's and Docker's own: 150 are left for what runs.
 */
export const mostMachines = 50;

/** What every cloud machine is told. */
export const cloudShape = {
  machines: wholeNumber(1, mostMachines)
    .optional()
    .describe("Machines of this size as one swarm, see [swarm.md](swarm.md); 1 unless set"),
  loadBalancer: flag
    .optional()
    .describe(
      "The vendor's load balancer before the machines of a swarm, which names then lead to, see [swarm.md](swarm.md#a-load-balancer-before-them); none unless set",
    ),
  snapshotDays: wholeNumber(1, 365)
    .default(14)
    .describe("Days for which each daily snapshot of the data disk is kept"),
  deletionProtection: flag.default(true).describe("The vendor's API refuses to delete the machine"),
  rebuild: wholeNumber(1, 1_000_000)
    .default(1)
    .describe("Raised, it makes a new machine with the same address and data"),
  capacity: strict({
    cpus: wholeNumber(1, 1024).describe(
      "Of a machine whose type Berth doesn't know; all three by the type's name otherwise",
    ),
    memory: wholeNumber(256, 33_554_432).describe("MiB"),
    gpus: wholeNumber(0, 16).default(0),
  }).optional(),
};

/** Gigabytes. */
export function diskSize(least: number, fallback: number, use: string) {
  return wholeNumber(least, 65_536).default(fallback).describe(`GB ${use}`);
}
