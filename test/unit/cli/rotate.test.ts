import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { Refusal } from "../../../cli/refusal.ts";
import { raised, withCounters } from "../../../cli/rotate/counters.ts";

const counters = { "postgres-password": 1, "redis-password": 3 };

describe("berth rotate", () => {
  it("raises the named ones by one, and all where none is named", () => {
    assert.deepEqual(raised(["redis-password"], counters), { "redis-password": 4 });
    assert.deepEqual(raised([], counters), { "postgres-password": 2, "redis-password": 4 });
  });

  it("refuses a name that no secret has, with the names there are", () => {
    assert.throws(
      () => raised(["redis", "redis-password"], counters),
      new Refusal(['rotate: must be one of postgres-password, redis-password, got "redis"']),
    );
  });

  it("refuses a stack that has none", () => {
    assert.throws(
      () => raised([], {}),
      new Refusal(["rotate: must be a stack with secrets to rotate, got none"]),
    );
  });

  it("writes the counters into the stack's file and changes no other letter of it", () => {
    const text = `# The team's.
config:
  berth:system: loc8 # as the contract says
  berth:environment:
    backend:
      SINCE: 2023-06-01
      KEY:
        secure: v1:abc
  berth:rotate: { redis-password: 3 } # last year
encryptionsalt: v1:salt
`;
    assert.equal(
      withCounters(text, "Pulumi.dev.yaml", { "redis-password": 4 }),
      text.replace("redis-password: 3", "redis-password: 4"),
    );
    const without = text.replace(/ {2}berth:rotate.*\n/, "");
    assert.equal(
      withCounters(without, "Pulumi.dev.yaml", { "redis-password": 2 }),
      text.replace(/ {2}berth:rotate.*\n/, "  berth:rotate: { redis-password: 2 }\n"),
    );
  });

  it("leaves a file alone whose counters are encrypted", () => {
    const text = "config:\n  berth:rotate:\n    secure: v1:abc\n";
    assert.throws(
      () => withCounters(text, "Pulumi.dev.yaml", { "redis-password": 2 }),
      /rotate is encrypted/,
    );
  });
});
