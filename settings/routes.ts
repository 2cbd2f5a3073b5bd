import * as z from "zod";
import { flag, oneOf, rule, wholeNumber } from "../lib/rules.ts";
import { strict } from "../lib/strict.ts";
import { changedRoutes, routeProblems } from "../services/proxy/changedRoutes.ts";
import { isBlock, isRoutePath } from "../services/proxy/rules.ts";
import type { SystemDefinition } from "../systems/define.ts";
import { answeringServices, publicProxy } from "../systems/facts.ts";
import { headersSchema } from "./headers.ts";

const path = rule(
  'must be a path that begins with "/" and holds letters, digits and ._~@+,=- only',
  isRoutePath,
) as z.ZodType<string> & z.core.$ZodRecordKey;

/** What one path does, of a system; only what is given changes. */
export function routeSchema(system: SystemDefinition) {
  const zones = Object.keys(system.rates ?? {});
  const rate = rule(
    `must be one of ${[...zones, "none"].join(", ")}`,
    (value): value is string | null =>
      value === null || (typeof value === "string" && [...zones, "none"].includes(value)),
  );
  return strict({
    to: oneOf(answeringServices(system))
      .optional()
      .describe(
        "Service that answers. A new path is answered by what answered it so far, unless this says otherwise",
      ),
    exact: flag.optional().describe("Only this very path, not what begins with it"),
    maxBodyMegabytes: wholeNumber(1, 102400).optional().describe("Size of a request's body, in MiB"),
    timeoutSeconds: wholeNumber(1, 86400)
      .optional()
      .describe(
        "Longest silence of the application, 60 unless set; websockets and event streams get an hour",
      ),
    buffering: flag
      .optional()
      .describe("`false` hands bodies on as they come, both ways: large uploads, answers that grow"),
    grpc: flag.optional().describe("Speaks gRPC with the service"),
    rate: rate
      .transform((zone) => (zone === "none" ? null : zone))
      .optional()
      .describe("Zone of `rates` that bounds it, `none` for no bound"),
    headers: headersSchema.optional().describe("Response headers of this path, as in `headers`"),
    remove: flag.optional().describe("Takes a path of the system's away; what is above it answers then"),
  });
}

/** `routes` of a system, by path. */
export function routesSchema(system: SystemDefinition, watched: boolean) {
  const routes = publicProxy(system)?.public?.routes ?? [];
  const hidden = watched
    ? routes
        .flatMap((route) => ("monitoring" in route ? route.monitoring : []))
        .concat("/grafana/", "/grafana")
    : [];
  return z
    .record(path, routeSchema(system).nullable(), {
      error: 'must be a map such as { "/api/": { maxBodyMegabytes: 100 } }',
    })
    .superRefine((changes, context) => {
      const say = (where: string[], message: string): void => {
        context.addIssue({ code: "custom", path: where, message });
      };
      for (const [place, key, message] of routeProblems(routes, changes, hidden))
        say(key === undefined ? [place] : [place, key], message);
      if (changedRoutes(routes, changes).length === 0 && Object.keys(changes).length > 0)
        say([], "must leave one path at least");
    });
}

/** Who stands before the proxy. */
export const trustedProxiesSchema = z
  .array(rule('must be an address or a block such as "10.0.0.0/8" or "2001:db8::/32"', isBlock), {
    error: 'must be a list such as ["10.0.0.0/8"]',
  })
  .superRefine((blocks, context) => {
    blocks.forEach((block, index) => {
      if (blocks.indexOf(block) !== index)
        context.addIssue({ code: "custom", path: [index], message: "must be there once" });
      if (/\/0+$/.test(block))
        context.addIssue({
          code: "custom",
          path: [index],
          message: "must not be everybody: then whoever asks says where from",
        });
    });
  });
