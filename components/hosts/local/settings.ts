import { isIP } from "node:net";
import * as z from "zod";
import { oneOf, rule, wholeNumber } from "../../../lib/rules.ts";
import { strict } from "../../../lib/strict.ts";

/** Docker publishes on nothing else; one with a zone (`%eth0`) it can't read back. */
const address = rule(
  'must be an IP address such as "127.0.0.1" or "::1"',
  (value): value is string => typeof value === "string" && isIP(value) !== 0 && !value.includes("%"),
);

/** Where the proxy listens. */
const listenerShape = {
  port: wholeNumber(1, 65535).default(8080).describe("Where the proxy listens"),
  httpsPort: wholeNumber(1, 65535).default(8443).describe("Where it listens for HTTPS, with `tls`"),
  ip: address.default("127.0.0.1").describe("Address on which it listens"),
};

/** Settings of host kind `local`. */
export const localHostSchema = strict({ kind: oneOf(["local"]), ...listenerShape });

/** The same without the rest, for settings of which something else may be wrong. */
export const listenerSchema = z.object(listenerShape);

/** Where it listens unless something else is said. */
export const listenerPresets = listenerSchema.parse({});

export type LocalHostSettings = z.infer<typeof localHostSchema>;
