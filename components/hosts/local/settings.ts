import * as z from "zod";
import { oneOf, text, wholeNumber } from "../../../lib/rules.ts";

/** Settings of host kind `local`. */
export const localHostShape = {
  kind: oneOf(["local"]),
  /** Where the proxy listens. */
  port: wholeNumber(1, 65535).default(8080),
  ip: text.default("127.0.0.1"),
};

export type LocalHostSettings = z.infer<z.ZodObject<typeof localHostShape>>;
