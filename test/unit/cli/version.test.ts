import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { it } from "vitest";

it("says the version that npm knows", () => {
  const known = execFileSync("npm", ["pkg", "get", "version"], { encoding: "utf8" });
  const answer = execFileSync("node", ["cli/berth.mjs", "--version"], { encoding: "utf8" });
  assert.equal(JSON.stringify(answer.trim()), known.trim());
});
