import assert from "node:assert/strict";
import { test } from "vitest";
import { keptFolder } from "../../../cli/destroy/folders.ts";
import { parseSettings } from "../../../settings.ts";

const ssh = { publicKeys: [`ssh-ed25519 ${"A".repeat(68)} you@laptop`] };
const gce = { kind: "gce", project: "my-project-1", zone: "europe-west4-a", ssh };
const key = `ssh-ed25519 ${"A".repeat(68)}`;
const capacity = { cpus: 2, memory: 8192 };
const existing = { kind: "existing", address: "ops@203.0.113.7", hostKey: key, capacity };

function kept(config: Record<string, unknown>, data: boolean, there = true): string[] {
  const facts = { stack: "prod", data, isThere: () => there };
  return keptFolder(parseSettings(config), facts).map(({ kind, name, data }) => `${kind} ${name} ${data}`);
}

test("a server's folder is kept, with --data too", () => {
  for (const data of [false, true])
    assert.deepEqual(kept({ system: "vru", host: existing }, data), ["folder /opt/vru-platform true"]);
});

test("a cloud's folder is kept on its data disk, and goes with the disk", () => {
  assert.deepEqual(kept({ system: "vru", host: gce }, false), ["folder /opt/vru-platform true"]);
  assert.deepEqual(kept({ system: "vru", host: gce }, true), []);
});

test("this machine's folder is kept where it is there", () => {
  const config = { system: "vru", dataRoot: "/srv/vru" };
  assert.deepEqual(kept(config, true), ["folder /srv/vru true"]);
  assert.deepEqual(kept(config, true, false), []);
});

test("a system that keeps its data in volumes has no folder", () => {
  assert.deepEqual(kept({ system: "loc8", host: existing }, false), []);
});
