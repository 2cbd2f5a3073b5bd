import * as z from "zod";
import { oneOf, text, wholeNumber } from "../../../lib/rules.ts";
import { strict } from "../../../lib/strict.ts";

/** Where the proxy listens. */
const listenerShape = {
  port: wholeNumber(1, 65535).default(8080),
  /** Of HTTPS, where the stack has TLS. */
  httpsPort: wholeNumber(1, 65535).default(8443),
  ip: text.default("127.0.0.1"),
};

/** Settings of host kind `local`. */
export const localHostSchema = strict({ kind: oneOf(["local"]), ...listenerShape });

/** The same without the rest, for settings of which something else may be wrong. */
export const listenerSchema = z.object(listenerShape);

export type LocalHostSettings = z.infer<typeof localHostSchema>;
