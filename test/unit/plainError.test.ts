import assert from "node:assert/strict";
import { inspect } from "node:util";
import { RunError } from "@pulumi/pulumi/errors.js";
import { test } from "vitest";
import { PlainError } from "../../lib/plainError.ts";
import { SettingsError } from "../../settings.ts";
import { RemoteError } from "../../components/ssh/errors.ts";

for (const error of [new PlainError("a: must"), new SettingsError(["b: must"]), new RemoteError("c: must")]) {
  test(`${error.name} is told as its message alone, also by the Node.js language host`, () => {
    assert.ok(RunError.isInstance(error));
    assert.equal(error.stack, error.message);
    assert.doesNotMatch(inspect(error, { colors: true }), /\n\s+at /);
  });
}
