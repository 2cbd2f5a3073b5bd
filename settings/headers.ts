import * as z from "zod";
import { oneOf, rule } from "../lib/rules.ts";
import { strict } from "../lib/strict.ts";
import { presetNames } from "../services/proxy/presets.ts";
import { isHeaderText } from "../services/proxy/rules.ts";

/** What nginx writes itself, and would be there twice. */
const own = [
  ...["Connection", "Content-Encoding", "Content-Length", "Content-Type", "Date", "Keep-Alive", "Server"],
  ...["Trailer", "Transfer-Encoding", "Upgrade", "X-Request-Id"],
];

const name = rule(
  `must be a header's name of letters, digits and dashes, and not one that the proxy writes itself (${own.join(", ")})`,
  (value): value is string =>
    typeof value === "string" &&
    /^[A-Za-z][A-Za-z0-9-]{0,63}$/.test(value) &&
    !own.some((other) => other.toLowerCase() === value.toLowerCase()),
);

/** nginx takes no word of its configuration above 4 KiB. */
const value = rule(
  "must be one line of printable ASCII without $ and backslash, at most 3,000 characters",
  (given): given is string => typeof given === "string" && given.length <= 3000 && isHeaderText(given),
);

const values = z.record(name, value, {
  error: 'must be a map such as { X-Frame-Options: "DENY" }',
});
const names = z.array(name, { error: "must be a list of headers' names" });

/** Response headers of what the public gets. */
export const headersSchema = strict({
  preset: oneOf(presetNames)
    .optional()
    .describe(
      "What is filled in where the application sends none of the name: `none`; `basic` (X-Frame-Options, X-Content-Type-Options, Referrer-Policy, and Strict-Transport-Security under HTTPS); `strict` (Content-Security-Policy, Permissions-Policy and the rest of OWASP's too). `strict` for the reference application unless set, `basic` where an image of your own answers",
    ),
  fill: values.optional().describe("Name to value: sent where the application sends none of the name"),
  set: values.optional().describe("Name to value: sent whatever the application sends"),
  leave: names.optional().describe("Names that are the application's alone: nothing is filled in"),
  remove: names.optional().describe("Names that are never sent, whoever set them"),
}).superRefine(({ fill = {}, set = {}, leave = [], remove = [] }, context) => {
  const given = { fill: Object.keys(fill), set: Object.keys(set), leave, remove };
  const seen = new Set<string>();
  for (const [key, list] of Object.entries(given))
    for (const header of list) {
      const twice = seen.has(header.toLowerCase());
      seen.add(header.toLowerCase());
      if (twice)
        context.addIssue({ code: "custom", path: [key], message: `must not name ${header} a second time` });
    }
});
