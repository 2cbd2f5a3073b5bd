import * as z from "zod";
import type { Kind } from "../components/hosts/kind.ts";
import { kindsWith } from "../components/hosts/registry.ts";
import { rule } from "../lib/rules.ts";
import type { ExternalForm } from "../services/definition.ts";

const forms: Record<ExternalForm, { words: string; fits: (url: URL) => boolean }> = {
  postgresql: {
    words: 'must be "postgresql://user:password@host:5432/database"',
    fits: (url) => /^postgres(?:ql)?:$/.test(url.protocol) && /^\/[^/?]+$/.test(url.pathname),
  },
  s3: {
    words: 'must be "https://key:secret@host/bucket", with "?region=…" where it isn\'t us-east-1',
    fits: (url) => /^https?:$/.test(url.protocol) && /^\/[a-z0-9][a-z0-9.-]{2,62}$/.test(url.pathname),
  },
};

/**
 * The URL of what somebody else runs, or `managed` where the vendor of a host of this kind can run it. A URL holds a password, so an
 * error never shows it.
 */
export function externalUrl(
  form: ExternalForm = "postgresql",
  { kind, kinds }: { kind: Kind | undefined; kinds: readonly Kind[] },
) {
  const { words, fits } = forms[form];
  return z.unknown().transform((value, context) => {
    if (value === "managed" && kind?.managed) return value;
    if (value === "managed") {
      context.addIssue({
        code: "custom",
        message: `${words}, or have host.kind ${kindsWith(({ managed }) => managed, kinds, "or")} for one that is managed`,
      });
      return z.NEVER;
    }
    const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : undefined;
    if (url?.hostname && url.username && url.password && fits(url)) return String(value);
    context.addIssue({ code: "custom", message: words, params: { secret: true } });
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
