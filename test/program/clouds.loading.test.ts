import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { test } from "vitest";

const program = `
import "./index.ts";
import { createRequire } from "node:module";
const loaded = Object.keys(createRequire(import.meta.url).cache);
const vendors = ["gcp", "aws"].filter((vendor) => loaded.some((file) => file.includes("/@pulumi/" + vendor + "/")));
console.log(JSON.stringify(vendors));
`;

test("a program on local or over ssh loads no vendor's SDK", async () => {
  const args = ["--import", "tsx", "--input-type=module", "-e", program];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  assert.deepEqual(JSON.parse(stdout), []);
});
