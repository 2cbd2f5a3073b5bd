import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { test } from "vitest";

const program = (entry: string) => `
import "./${entry}";
import { createRequire } from "node:module";
const loaded = Object.keys(createRequire(import.meta.url).cache);
const vendors = ["gcp", "aws"].filter((vendor) => loaded.some((file) => file.includes("/@pulumi/" + vendor + "/")));
console.log(JSON.stringify(vendors));
`;

async function loads(entry: string): Promise<unknown> {
  const args = ["--import", "tsx", "--input-type=module", "-e", program(entry)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout);
}

test("a program on local or over ssh loads no vendor's SDK", async () => {
  assert.deepEqual(await loads("index.ts"), []);
});

test("of the components' entries a cloud's alone loads its vendor's SDK", async () => {
  assert.deepEqual(await loads("exports/components.ts"), []);
  assert.deepEqual(await loads("exports/gce.ts"), ["gcp"]);
  assert.deepEqual(await loads("exports/ec2.ts"), ["aws"]);
});
