import { test } from "vitest";

test("leaves a promise alone", () => {
  void Promise.reject(new Error("nobody waits for this"));
});
