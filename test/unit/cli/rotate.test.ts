import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { Refusal } from "../../../cli/refusal.ts";
import { question, raised, withCounters } from "../../../cli/rotate/counters.ts";

const none = { own: [], startsAnew: [], copied: [] };
const byName = { own: ["backend-fernet"], startsAnew: [], copied: [] };
const counters = { "postgres-password": 1, "redis-password": 3 };

describe("berth rotate", () => {
  it("raises the named ones by one, and all where none is named", () => {
    assert.deepEqual(raised(["redis-password"], counters, none), { "redis-password": 4 });
    assert.deepEqual(raised([], counters, none), { "postgres-password": 2, "redis-password": 4 });
  });

  it("refuses a name that no secret has, with the names there are", () => {
    assert.throws(
      () => raised(["redis", "redis-password"], counters, none),
      new Refusal(['rotate: must be one of postgres-password, redis-password, got "redis"']),
    );
  });

  it("refuses a stack that has none", () => {
    assert.throws(
      () => raised([], {}, none),
      new Refusal(["rotate: must be a stack with secrets to rotate, got none"]),
    );
  });

  it("takes a key of the owner's only by its name", () => {
    const all = { ...counters, "backend-fernet": 1 };
    assert.deepEqual(raised([], all, byName), { "postgres-password": 2, "redis-password": 4 });
    assert.deepEqual(raised(["backend-fernet"], all, byName), { "backend-fernet": 2 });
    assert.throws(
      () => raised([], { "backend-fernet": 1 }, byName),
      new Refusal(["rotate: must name which, of backend-fernet, got no name"]),
    );
  });

  it("refuses one that a store keeps, as settings write it too, and says which store", () => {
    const elsewhere = {
      "backend-api-key": "AWS Secrets Manager (prod/api) keeps it; give it another value there and run up",
    };
    for (const name of ["backend-api-key", "backend.API_KEY"])
      assert.throws(
        () => raised([name, "redis-password"], counters, none, elsewhere),
        new Refusal([
          `rotate: must be a secret that the engine makes, got "${name}": AWS Secrets Manager (prod/api) keeps it; give it another value there and run up`,
        ]),
      );
    assert.deepEqual(raised(["redis-password"], counters, none, elsewhere), { "redis-password": 4 });
  });

  it("asks before all of them, and before a key whose former value goes to nobody", () => {
    assert.equal(question(["redis-password"], { "redis-password": 4 }, byName), undefined);
    assert.equal(question([], { "redis-password": 4 }, byName), "gives new values: redis-password");
    assert.equal(
      question(["backend-fernet"], { "backend-fernet": 2 }, byName),
      "gives new values: backend-fernet; what was encrypted with the old backend-fernet can't be read any more",
    );
  });

  it("takes one for which a service starts anew by its name alone, and asks, for it answers nobody for a moment", () => {
    const special = { own: [], startsAnew: ["minio-root-password"], copied: [] };
    const all = { ...counters, "minio-root-password": 1 };
    assert.deepEqual(raised([], all, special), { "postgres-password": 2, "redis-password": 4 });
    assert.deepEqual(raised(["minio-root-password"], all, special), { "minio-root-password": 2 });
    assert.equal(
      question(["minio-root-password"], { "minio-root-password": 2 }, special),
      "gives new values: minio-root-password; for minio-root-password a store starts anew in its place, and whoever asks it in that moment has to ask again",
    );
  });

  it("takes one of which somebody keeps a copy by its name alone, and asks, for the copy opens nothing then", () => {
    const special = { own: [], startsAnew: [], copied: ["backup-password"] };
    const all = { ...counters, "backup-password": 1 };
    assert.deepEqual(raised([], all, special), { "postgres-password": 2, "redis-password": 4 });
    assert.equal(
      question(["backup-password"], { "backup-password": 2 }, special),
      "gives new values: backup-password; any copy that is kept of backup-password opens nothing any more: keep the new value, which pulumi stack output secrets --show-secrets shows",
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
