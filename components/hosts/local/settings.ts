import * as z from "zod";
import { oneOf, text, wholeNumber } from "../../../lib/rules.ts";
import { strict } from "../../../lib/strict.ts";

/** Where the proxy listens. */
const listenerShape = {
  port: wholeNumber(1, 65535).default(8080).describe("Where the proxy listens"),
  httpsPort: wholeNumber(1, 65535).default(8443).describe("Where it listens for HTTPS, with `tls`"),
  ip: text.default("127.0.0.1").describe("Address on which it listens"),
};

/** Settings of host kind `local`. */
export const localHostSchema = strict({ kind: oneOf(["local"]), ...listenerShape });

/** The same without the rest, for settings of which something else may be wrong. */
export const listenerSchema = z.object(listenerShape);

/** Where it listens unless something else is said. */
export const listenerPresets = listenerSchema.parse({});

export type LocalHostSettings = z.infer<typeof localHostSchema>;
