import assert from "node:assert/strict";
import { describe, it, test } from "vitest";
import { Refusal } from "../../../../cli/refusal.ts";
import { chosenDatabase } from "../../../../cli/upgrade/place.ts";
import { withImage } from "../../../../cli/upgrade/setting.ts";
import { nameAmong } from "../../../../cli/upgrade/image.ts";
import {
  checkBackupImage,
  endable,
  majorOf,
  movable,
  returnable,
  shelfIn,
  versionIn,
} from "../../../../cli/upgrade/versions.ts";

const of15 = { version: "15", size: 240 };
const kept15 = { ...of15, image: "postgres:15" };
const wanted = { service: "db", reference: "postgres:17", version: "17.6" };

function refusal(work: () => unknown, problem: string): void {
  assert.throws(work, new Refusal([problem]));
}

describe("what is there of a database", () => {
  it("is read of what the script prints", () => {
    assert.deepEqual(shelfIn(["used 17 250", "kept 15 240 postgres:15", "kept 9.6 3 "]), {
      used: { version: "17", size: 250 },
      kept: [kept15, { version: "9.6", size: 3 }],
    });
    assert.deepEqual(shelfIn(["du: cannot access"]), { kept: [] });
  });

  it("is moved to a later version", () => {
    assert.deepEqual(movable({ used: of15, kept: [] }, wanted), of15);
    assert.deepEqual(
      movable({ used: { ...of15, version: "9.6" }, kept: [] }, { ...wanted, version: "10.1" }),
      {
        ...of15,
        version: "9.6",
      },
    );
  });

  it.each([
    ["15.14", "15.14"],
    ["14.2", "14.2"],
    [undefined, "none"],
  ])("isn't moved to %s", (version, got) => {
    refusal(
      () => movable({ used: of15, kept: [] }, { ...wanted, version }),
      `images.db: must hold a later major version than PostgreSQL 15, which made the data, got ${got} in postgres:17; name one with --image`,
    );
  });

  it("isn't moved where there is none, or that of another version is kept", () => {
    refusal(() => movable({ kept: [] }, wanted), "upgrade: must be a database with data, got none of db");
    refusal(
      () => movable({ used: { ...of15, version: "16" }, kept: [kept15] }, wanted),
      "upgrade: must keep the data of one other version at most, got that of PostgreSQL 15; berth upgrade postgres --finish removes it",
    );
  });

  it("is left for the one that is kept, and for none of several", () => {
    assert.deepEqual(returnable({ kept: [kept15] }), kept15);
    const rule = "upgrade: must have the data of one other version kept, got";
    refusal(() => returnable({ kept: [] }), `${rule} none`);
    refusal(() => returnable({ kept: [kept15, { ...of15, version: "16" }] }), `${rule} 15, 16`);
  });

  it("is deleted where other data is in use, and never where it may be all there is", () => {
    const used = { ...of15, version: "17" };
    assert.deepEqual(endable({ used, kept: [kept15] }), [kept15]);
    refusal(
      () => endable({ used, kept: [] }),
      "upgrade: must have the data of one other version kept, got none",
    );
    const rule = "upgrade: must have other data in use than what is kept, which may be all there is, got";
    refusal(() => endable({ kept: [kept15, used] }), `${rule} none beside 15, 17; look at the folders`);
    refusal(() => endable({ used, kept: [kept15, used] }), `${rule} 17 beside 15, 17; look at the folders`);
  });
});

test("an image that backups name has to read the new version", () => {
  const dump = versionIn(["pg_dump (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)"]);
  assert.equal(dump, "15.14");
  checkBackupImage("postgres:15", dump, "15.2");
  checkBackupImage("postgres:18", "18.1", "17.6");
  const rule = "images.backup: must hold pg_dump of PostgreSQL 17 or later, got";
  refusal(() => {
    checkBackupImage("postgres:15", dump, "17.6");
  }, `${rule} 15.14 in postgres:15; name a later one, or none`);
  refusal(() => {
    checkBackupImage("shop/x", undefined, "17.6");
  }, `${rule} none in shop/x; name a later one, or none`);
});

test("an image's version is the one that postgres itself says", () => {
  assert.equal(versionIn(["postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)"]), "15.14");
  assert.equal(versionIn(["sh: postgres: not found"]), undefined);
});

test.each([
  ["17.6", "17"],
  ["18beta1", "18"],
  ["9.6.24", "9.6"],
  ["10.1", "10"],
])("%s is of major version %s", (version, major) => {
  assert.equal(majorOf(version), major);
});

test("a database is named where there are several, and by a name that one has", () => {
  assert.equal(chosenDatabase(undefined, ["postgres"]), "postgres");
  assert.equal(chosenDatabase("billing", ["postgres", "billing"]), "billing");
  refusal(() => chosenDatabase(undefined, ["a", "b"]), "service: must be one of a, b, got none");
  refusal(() => chosenDatabase("redis", ["a", "b"]), 'service: must be one of a, b, got "redis"');
  refusal(
    () => chosenDatabase(undefined, []),
    "upgrade: must be a stack with a PostgreSQL of its own, got none",
  );
});

test("what ran the old data is named as people do, and not by what an old engine says", () => {
  assert.equal(nameAmong(["<none>:<none>"], ["postgres@sha256:1"]), "postgres@sha256:1");
  assert.equal(nameAmong(["postgres:15"], ["postgres@sha256:1"]), "postgres:15");
  assert.equal(nameAmong(null, []), undefined);
});

test("the image is written into the stack's file, and no other letter of it changes", () => {
  const text = `# The team's.
config:
  berth:system: loc8
  berth:images: { database: postgres:15 } # as in production
encryptionsalt: v1:salt
`;
  assert.equal(
    withImage(text, "Pulumi.dev.yaml", "database", "postgres:17"),
    text.replace("postgres:15", '"postgres:17"'),
  );
  const without = text.replace(/ {2}berth:images.*\n/, "");
  assert.equal(
    withImage(without, "Pulumi.dev.yaml", "database", "postgres:17"),
    text.replace(/ {2}berth:images.*\n/, '  berth:images: { database: "postgres:17" }\n'),
  );
});
