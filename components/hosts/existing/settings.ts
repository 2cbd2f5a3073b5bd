import { isIPv4, isIPv6 } from "node:net";
import * as z from "zod";
import type { Written } from "../kind.ts";
import { isPublicKey, type SshTarget } from "../../ssh/connection.ts";
import { flag, numberBetween, oneOf, rule, text, wholeNumber } from "../../../lib/rules.ts";
import { strict } from "../../../lib/strict.ts";
import { PlainError } from "../../../lib/plainError.ts";

const words = 'must be a user and a name or address such as "ops@203.0.113.7" or "ops@app.example.org:2222"';

/** `user@host[:port]`, an IPv6 address in brackets. */
const login = rule(
  words,
  (value): value is string => typeof value === "string" && parseLogin(value) !== undefined,
);

const hostKey = rule(
  'must be the machine\'s public key such as "ssh-ed25519 AAAA…" or the path of a known_hosts file; berth setup shows it',
  (value): value is string =>
    typeof value === "string" && (isPublicKey(value) || /^(?:~|\/)[^\s]*$/.test(value)),
);

const networks = rule(
  'must be networks such as ["203.0.113.0/24"]',
  (value): value is string[] => Array.isArray(value) && value.length > 0 && value.every(isNetwork),
);

/** RFC 1918, and RFC 6598's, which overlay networks use. */
const privateAddress = rule(
  'must be an IPv4 address of a private network such as "10.0.0.5"',
  (value): value is string =>
    typeof value === "string" &&
    isIPv4(value) &&
    /^(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./.test(value),
);

/** As it stands in a URL, but for the brackets of IPv6; a name's last label is no number. */
const publicAddress = rule(
  'must be a name or address such as "203.0.113.7", "2001:db8::7" or "app.example.org"',
  (value): value is string =>
    typeof value === "string" &&
    (isIPv4(value) || (isIPv6(value) && !value.includes("%")) || (value.length <= 253 && names.test(value))),
);
const names = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*(?!\d+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

function isNetwork(value: unknown): boolean {
  const [, address = "", bits = ""] =
    /^([^/]+)\/(\d{1,3})$/.exec(typeof value === "string" ? value : "") ?? [];
  return (isIPv4(address) && Number(bits) <= 32) || (isIPv6(address) && Number(bits) <= 128);
}

/** Settings of host kind `existing`: any Debian or Ubuntu server that ssh reaches. */
const existingHostShape = {
  kind: oneOf(["existing"]),
  address: login.describe("root, or a user who may sudo without a password; an IPv6 address in brackets"),
  hostKey: hostKey.describe("Written by setup"),
  key: text
    .optional()
    .describe("Path of a private key, best below `~`; what the ssh agent offers unless set"),
  jump: login
    .optional()
    .describe("A machine to go through; its key has to be in the known_hosts of whoever runs this"),
  proxyCommand: text
    .optional()
    .describe("Command that ssh speaks to instead, with `%h` and `%p`; not together with `jump`"),
  publicAddress: publicAddress
    .optional()
    .describe("Where the public reaches the machine; the host of `address` unless set"),
  privateAddress: privateAddress
    .optional()
    .describe("Its address on the network that it shares with [machines beside it](several.md)"),
  ipv6: flag
    .optional()
    .describe("The proxy answers on the machine's IPv6 addresses too, [see below](#ipv6); not unless set"),
  capacity: strict(
    {
      cpus: numberBetween(0.5, 1024).describe("Written by setup, all three; limits are fitted to it"),
      memory: wholeNumber(256, 33_554_432).describe("MiB"),
      gpus: wholeNumber(0, 16).default(0),
    },
    "must be what the machine has, which berth setup asks it and writes down",
  ),
  gpu: flag.default(false).describe("Setup installs NVIDIA's driver and container toolkit"),
  udpPorts: z
    .array(wholeNumber(1, 65535), { error: "must be a list of ports such as [51820]" })
    .optional()
    .describe("UDP ports of the machine's own programs, such as WireGuard's, that setup's firewall opens"),
  ssh: strict({
    allowFrom: networks
      .optional()
      .describe("From where setup's firewall lets ssh in; from everywhere unless set"),
  }).prefault({}),
};

export const existingHostSchema = strict(existingHostShape).superRefine((host, context) => {
  if (host.jump !== undefined && host.proxyCommand !== undefined) {
    context.addIssue({
      code: "custom",
      path: ["jump"],
      message: "must be absent when there is a proxyCommand",
    });
  }
});

export type ExistingHostSettings = z.infer<typeof existingHostSchema>;

/** Settings of a server that isn't prepared yet: its key and size are still to be learnt. */
export const unpreparedHostSchema = strict({
  ...existingHostShape,
  hostKey: existingHostShape.hostKey.optional(),
  capacity: z.unknown().optional(),
});

/** Without IPv6 the proxy doesn't listen where an IPv6 address leads the public. */
export function publicProblems({ address, publicAddress, ipv6 }: Written): [setting: string, rule: string][] {
  const login = typeof address === "string" ? parseLogin(address)?.address : undefined;
  const led = publicAddress ?? login;
  if (ipv6 === true || typeof led !== "string" || !isIPv6(led)) return [];
  const rule = `must be true where the public is led to ${led}, an IPv6 address; or say an IPv4 address or a name as host.publicAddress`;
  return [["ipv6", rule]];
}

/** How ssh gets in, as far as settings that may be wrong tell it. */
export function targetOf(host: Written): SshTarget | undefined {
  const { address, hostKey, key, jump, proxyCommand } = host;
  if (typeof address !== "string" || parseLogin(address) === undefined || typeof hostKey !== "string")
    return undefined;
  const text = (value: unknown) => (typeof value === "string" ? value : undefined);
  return existingTarget({
    address,
    hostKey,
    key: text(key),
    jump: text(jump),
    proxyCommand: text(proxyCommand),
  });
}

/** The settings as ssh takes them. */
export function existingTarget({
  address,
  hostKey,
  key,
  jump,
  proxyCommand,
}: Pick<ExistingHostSettings, "address" | "hostKey" | "key" | "jump" | "proxyCommand">): SshTarget {
  const login = parseLogin(address);
  if (login === undefined) throw new PlainError(`host.address: ${words}, got "${address}"`);
  return { ...login, hostKey, key, jump, proxyCommand };
}

export interface Login {
  user: string;
  address: string;
  /** Absent when it isn't written: an alias of ssh's configuration may have its own. */
  port?: number;
}

/** The parts of `user@host[:port]`; undefined when it isn't one. */
export function parseLogin(text: string): Login | undefined {
  const parts =
    /^([a-z_][a-z0-9_.-]*)@(?:\[([0-9a-f:.]+)\]|([A-Za-z0-9][A-Za-z0-9._-]*))(?::(\d{1,5}))?$/.exec(text);
  const [, user, ipv6, name, written] = parts ?? [];
  const address = ipv6 ?? name;
  const port = written === undefined ? undefined : Number(written);
  if (user === undefined || address === undefined) return undefined;
  if (port !== undefined && (port < 1 || port > 65535)) return undefined;
  return { user, address, ...(port !== undefined && { port }) };
}
