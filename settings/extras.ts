import * as z from "zod";
import type { Kind } from "../components/hosts/kind.ts";
import { kindsWith } from "../components/hosts/registry.ts";
import { rule } from "../lib/rules.ts";
import type { ExternalForm } from "../services/definition.ts";
import { postgresForm } from "../services/postgres/form.ts";

/**
 * The URL of what somebody else runs, or `managed` where the vendor of a host of this kind can run it. A URL holds a password, so an
 * error never shows it.
 */
export function externalUrl(
  { words, wrong, managed }: ExternalForm = postgresForm,
  { kind, kinds }: { kind: Kind | undefined; kinds: readonly Kind[] },
) {
  return z.unknown().transform((value, context) => {
    if (managed && value === "managed" && kind?.managed) return value;
    if (managed && value === "managed") {
      context.addIssue({
        code: "custom",
        message: `${words}, or have host.kind ${kindsWith((each) => each.managed, kinds, "or")} for one that is managed`,
      });
      return z.NEVER;
    }
    const problem = typeof value === "string" ? wrong(value) : "it is text";
    if (problem === undefined) return String(value);
    context.addIssue({ code: "custom", message: `${words}; ${problem}`, params: { secret: true } });
    return z.NEVER;
  });
}

/** Empty for none. */
export const adminName = rule(
  'must be a user name of letters, digits and @.+-_, at most 150, or "" for none',
  (value): value is string => typeof value === "string" && /^[\w.@+-]{0,150}$/.test(value),
);

export const noSuperuser = rule(
  "must be left out: this system has none",
  (value): value is string => value === "",
);
