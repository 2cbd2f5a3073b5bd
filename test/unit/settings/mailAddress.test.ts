import { expect, test } from "vitest";
import { isMailAddress } from "../../../lib/mailAddress.ts";

test.each([
  "ops@example.org",
  "first.last+berth@mail-1.example.org",
  "ops@localhost",
  "ops@mail_host",
  "ops@हिन्दी.example",
  "büro@bücher.example",
  "o'neil/ops@xn--bcher-kva.example",
])("%s is a mailbox", (text) => {
  expect(isMailAddress(text)).toBe(true);
});

test.each([
  ...[
    "ops",
    "@example.org",
    "ops@",
    "a b@example.org",
    "ops@@example.org",
    "Ops <ops@example.org>",
    "a,b@example.org",
  ],
  ...[
    "https://key:public@s3.example/bucket",
    "mailto:ops@example.org",
    "ops@example.org/path",
    "ops@example.org:587",
  ],
  ...[
    "ops@.example.org",
    "ops@example.org.",
    "ops@example..org",
    "ops@example.org\n",
    "..ops@example.org",
    "ops\u0000@example.org",
    5,
    undefined,
  ],
])("%s is none", (text) => {
  expect(isMailAddress(text)).toBe(false);
});
