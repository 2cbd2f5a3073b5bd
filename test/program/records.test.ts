import assert from "node:assert/strict";
import { test } from "vitest";
import { hostKinds } from "../../components/hosts/registry.ts";
import { stackOn } from "./anyStack.ts";

const domains = ["app.example.org", "www.example.org", { name: "api.example.org", serve: true }];

test("existing: every name of a stack is left to its owner, with the record that leads to the server", async () => {
  const { outputs } = await stackOn("existing", "loc8", { domains });
  assert.deepEqual(outputs.records, [
    { name: "app.example.org", type: "A", value: "203.0.113.30" },
    { name: "api.example.org", type: "A", value: "203.0.113.30" },
    { name: "www.example.org", type: "A", value: "203.0.113.30" },
  ]);
});

for (const [kind, address] of [
  ["gce", "203.0.113.10"],
  ["ec2", "203.0.113.20"],
] as const) {
  test(`${kind}: the first name's record is made, and the others are left`, async () => {
    const host = { dns: { zone: "example.org" } };
    const { outputs } = await stackOn(kind, "loc8", { domains, host });
    assert.deepEqual(outputs.records, [
      { name: "api.example.org", type: "A", value: address },
      { name: "www.example.org", type: "A", value: address },
    ]);
  });

  test(`${kind}: without a zone every record is left`, async () => {
    const { outputs } = await stackOn(kind, "loc8", { domains: ["app.example.org"] });
    assert.deepEqual(outputs.records, [{ name: "app.example.org", type: "A", value: address }]);
  });
}

test("nothing is left without a name, nor for one that this machine alone can mean", async () => {
  for (const { name: kind } of hostKinds) {
    const { outputs } = await stackOn(kind, "loc8");
    assert.equal("records" in outputs, false, kind);
  }
  const { outputs } = await stackOn("local", "loc8", { domains });
  assert.equal("records" in outputs, false);
});
