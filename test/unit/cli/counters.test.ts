import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { counterProblems } from "../../../cli/preflight/counters.ts";
import { parseCheckpoint } from "../../../cli/state/checkpoint.ts";

const type = "random:index/randomPassword:RandomPassword";
const resources = [
  "redis-password",
  "redis-password.2",
  "redis-password.10",
  "postgres-password",
  "backend-api-key-2",
].map((name) => ({ type, urn: `urn:pulumi:dev::berth::${type}::${name}` }));
const held = parseCheckpoint(JSON.stringify({ checkpoint: { latest: { resources } } }));

describe("a counter that is lower than the stack has had", () => {
  it("is refused before anything starts", () => {
    assert.deepEqual(counterProblems({ "redis-password": 2, "postgres-password": 1 }, held), [
      "rotate.redis-password: must be 10 or more, which the stack has had, got 2; the stack's file of the last rotation has it",
    ]);
  });

  it("isn't found in one that is the same or higher, in another secret, or where there is no state", () => {
    assert.deepEqual(
      counterProblems({ "redis-password": 10, "postgres-password": 2, "backend-api-key": 1 }, held),
      [],
    );
    assert.deepEqual(counterProblems({ "redis-password": 1 }, undefined), []);
  });
});
