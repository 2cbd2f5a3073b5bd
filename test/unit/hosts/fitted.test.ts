import assert from "node:assert/strict";
import { test } from "vitest";
import {
  distinct,
  indistinct,
  labelValue,
  snapshotIdentifier,
} from "../../../components/hosts/cloud/fitted.ts";

/** Stacks as Pulumi takes them: letters, digits, dashes, underscores and dots, at most 100. */
const names = [
  ...[
    "prod",
    "Prod",
    "PROD",
    "eu.prod",
    "eu-prod",
    "eu_prod",
    "eu--prod",
    "eu..prod",
    "-prod",
    "prod-",
    "prod.",
  ],
  ...["1", "1.0", "2024-prod", "_", ".", "a".repeat(63), "a".repeat(64), "a".repeat(100), "A".repeat(100)],
];

test("a label's value is one that Google Cloud takes, whatever the stack is called", () => {
  const values = names.map(labelValue);
  for (const value of values) assert.match(value, /^[a-z0-9_-]{1,63}$/);
  assert.equal(new Set(values).size, names.length);
  assert.deepEqual(["prod", "eu_prod", "2024-prod", "a".repeat(63)].map(labelValue), [
    "prod",
    "eu_prod",
    "2024-prod",
    "a".repeat(63),
  ]);
  assert.match(labelValue("eu.prod"), /^eu-prod-[0-9a-f]{8}$/);
});

test("a snapshot's identifier is one that RDS takes", () => {
  const whole = names.map((name) => snapshotIdentifier(`berth-${name}-arv-final`));
  for (const value of [...whole, ...names.map(snapshotIdentifier)]) {
    assert.match(value, /^[a-z](?:-?[a-z0-9])*$/, value);
    assert.ok(value.length <= 255);
  }
  assert.equal(new Set(whole).size, names.length);
  assert.equal(snapshotIdentifier("berth-prod-arv-final"), "berth-prod-arv-final");
});

test("names that are joined of other parts are others, and those that can't be mistaken stay as they were", () => {
  const parts = [
    ["berth", "a-b", "c"],
    ["berth", "a", "b-c"],
    ["berth-a", "b", "c"],
    ["berth", "a_b", "c"],
    ["berth", "a", "b"],
    ["berth", "a-", "b"],
    ["berth", "a", "-b"],
  ];
  const joined = parts.map((each) => distinct(each.join("-"), each));
  assert.equal(new Set(parts.map((each) => each.join("-"))).size, 4, "else nothing is shown");
  assert.equal(new Set(joined).size, parts.length);
  assert.deepEqual([joined[3], joined[4]], ["berth-a_b-c", "berth-a-b"]);
  assert.match(String(joined[0]), /^berth-a-b-c-[0-9a-f]{8}$/);
  assert.deepEqual(
    joined.map(indistinct),
    parts.map((each) => each.join("-")),
  );
});
