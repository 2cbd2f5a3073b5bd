import * as z from "zod";
import type { Kind } from "../components/hosts/kind.ts";
import { kindsWith } from "../components/hosts/registry.ts";
import { rule } from "../lib/rules.ts";
import { secret } from "../lib/secret.ts";
import type { ExternalForm } from "../services/definition.ts";
import { vendorName } from "../services/external/vendorName.ts";
import { postgresForm } from "../services/postgres/form.ts";

/**
 * What every vendor takes as the start of a name of a database, a bucket and their logins: Google's service accounts have
 * 30 characters, of which Pulumi's ending is 8, RDS takes single dashes, and Google no bucket with its own name in it
 * (https://cloud.google.com/storage/docs/buckets#naming).
 */
const managedName = /^(?!.*g[o0]{2}g)(?=.{1,22}$)[a-z](?:-?[a-z0-9])*$/;

/**
 * The URL of what somebody else runs, or `managed` where the vendor of a host of this kind can run it. A URL holds a
 * password.
 */
export function externalUrl(
  { words, wrong, managed }: ExternalForm = postgresForm,
  { kind, kinds }: { kind: Kind | undefined; kinds: readonly Kind[] },
  name: string,
) {
  const url = z.unknown().transform((value, context) => {
    if (managed && value === "managed" && kind?.managed) {
      if (managedName.test(vendorName(name))) return value;
      const named = "lower-case letters, digits and single dashes, at most 22, and nothing of Google's name";
      context.addIssue({
        code: "custom",
        message: `${words}; a vendor takes no such name: ${named}`,
        params: { got: value },
      });
      return z.NEVER;
    }
    if (managed && value === "managed") {
      context.addIssue({
        code: "custom",
        message: `${words}, or have host.kind ${kindsWith((each) => each.managed, kinds, "or")} for one that is managed`,
        params: { got: value },
      });
      return z.NEVER;
    }
    const problem = typeof value === "string" ? wrong(value) : "it is text";
    if (problem === undefined) return String(value);
    context.addIssue({ code: "custom", message: `${words}; ${problem}` });
    return z.NEVER;
  });
  return secret(
    url,
    (value) => typeof value === "string" && /:\/\/[^/]*:[^/]*@|(?:password|secretKey)=/i.test(value),
  );
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
