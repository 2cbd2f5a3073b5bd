import { expect, it } from "vitest";
import { pastTimeOf, timeOf } from "../../../cli/since.ts";

const now = Date.parse("2026-11-30T10:00:00Z");

it("a time ago and a date are seconds since 1970, and a date alone is UTC's", () => {
  expect(timeOf("--at", "2h", now)).toBe(now / 1000 - 7200);
  expect(timeOf("--at", "2026-11-29", now)).toBe(Date.parse("2026-11-29T00:00:00Z") / 1000);
  expect(timeOf("--at", undefined, now)).toBeUndefined();
  expect(() => timeOf("--at", "yesterday", now)).toThrow(
    '--at: must be a time ago such as 10m or 2h, or a date, got "yesterday"',
  );
});

it("what has to be past is refused where it hasn't been", () => {
  expect(pastTimeOf("--at", "2026-11-30T10:00:00Z", now)).toBe(now / 1000);
  expect(pastTimeOf("--at", undefined, now)).toBeUndefined();
  for (const text of ["2030-01-01", "2026-11-30T12:11+01:00"])
    expect(() => pastTimeOf("--at", text, now)).toThrow(
      `--at: must not be in the future, got "${text}", which is `,
    );
});
