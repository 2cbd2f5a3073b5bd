import type * as z from "zod";
import { flag } from "../../../lib/rules.ts";
import { domainsSchema, servedSchema } from "../../../settings/domains.ts";
import { acmeSchema, tlsSchema } from "../../../settings/tls.ts";

/** What a function that takes anything hands on to. What else it takes is in the pool. */
export const insides: ReadonlyMap<z.ZodType, readonly z.ZodType[]> = new Map<z.ZodType, readonly z.ZodType[]>(
  [
    [tlsSchema, [flag, acmeSchema]],
    [domainsSchema.element, [servedSchema]],
  ],
);
