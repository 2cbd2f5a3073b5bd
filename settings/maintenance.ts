import { rule, wholeNumber } from "../lib/rules.ts";
import { strict } from "../lib/strict.ts";

/** Characters of a page, with its styles and images in it. */
const longest = 262_144;

/** What the public gets while `berth maintenance` is on. */
export const maintenanceSchema = strict({
  page: rule(
    `must be a page of HTML, at most ${longest.toLocaleString("en")} characters`,
    (value): value is string => typeof value === "string" && value.includes("<") && value.length <= longest,
  )
    .optional()
    .describe(
      "HTML with its styles and images in it; it can run no script and load nothing. A short one unless set",
    ),
  retryAfterSeconds: wholeNumber(1, 86_400)
    .optional()
    .describe("What Retry-After says, in seconds; 300 unless set"),
});
