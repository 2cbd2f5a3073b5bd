import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { skipWhen } from "../../../tools/skip.ts";

test("passes", () => {
  console.log("nobody reads this");
});

test("fails", async (t) => {
  console.log("it came this far");
  await t.annotate("it took 5 s");
  expect(1).toBe(2);
});

test("finds something missing", (t) => {
  t.skip("there is no browser");
});

describe("a machine", skipWhen("there is no Docker"), () => {
  test("boots", () => {
    throw new Error("must not run");
  });
});

describe("a hook before", () => {
  beforeAll(() => {
    throw new Error("it is cold");
  });
  test("doesn't run", () => undefined);
});

describe("a hook after", () => {
  afterAll(() => {
    throw new Error("it is left");
  });
  test("passes too", () => undefined);
});
