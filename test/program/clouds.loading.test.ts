import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { test } from "vitest";

const program = (entry: string) => `
import "./${entry}";
import { createRequire } from "node:module";
const loaded = Object.keys(createRequire(import.meta.url).cache);
const packages = ["@pulumi/gcp", "@pulumi/aws", "@aws-sdk/client-secrets-manager", "google-auth-library"];
const vendors = packages.filter((name) => loaded.some((file) => file.includes("/node_modules/" + name + "/")));
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
  assert.deepEqual(await loads("exports/gce.ts"), ["@pulumi/gcp"]);
  assert.deepEqual(await loads("exports/ec2.ts"), ["@pulumi/aws"]);
});
