import assert from "node:assert/strict";
import { test } from "vitest";
import { factsIn } from "../../../cli/setup/facts.ts";
import { hostsToPrepare } from "../../../cli/setup/host.ts";
import { neighboursOf } from "../../../cli/setup/neighbours.ts";
import { withLearnt } from "../../../cli/setup/stackFile.ts";
import { trustedHostKey } from "../../../cli/setup/trust.ts";

const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOpKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs";

test("a machine's answer tells cores, memory in MiB, GPUs and sshd's ports", () => {
  assert.deepEqual(factsIn("4\n8123456\n1\n22\n2222\n"), {
    capacity: { cpus: 4, memory: 7933, gpus: 1 },
    sshPorts: [22, 2222],
  });
  assert.deepEqual(factsIn("2\n1048576\n0\n").sshPorts, [22]);
  assert.throws(() => factsIn("sh: nproc: not found\n"), {
    message: 'host.capacity: must be told by the machine, got "sh: nproc: not found"',
  });
});

test("a stack's file gets key and size, and keeps its comments", () => {
  const before =
    "# The shop\nconfig:\n  berth:system: vru\n  berth:host:\n    kind: existing # in the cellar\n    address: ops@203.0.113.7\n";
  const learnt = { hostKey, capacity: { cpus: 4, memory: 7933, gpus: 0 } };
  const after = withLearnt(before, ["berth:host"], learnt);
  assert.equal(after, `${before}    hostKey: ${hostKey}\n    capacity: { cpus: 4, memory: 7933, gpus: 0 }\n`);
  assert.equal(withLearnt(after, ["berth:host"], learnt), after);
});

test("a machine beside it gets its own, and machines let each other in on what they call", () => {
  const before = "config:\n  berth:hosts:\n    gpu:\n      address: ops@203.0.113.8\n";
  const learnt = { hostKey, capacity: { cpus: 4, memory: 7933, gpus: 1 } };
  assert.equal(
    withLearnt(before, ["berth:hosts", "gpu"], learnt),
    `${before}      hostKey: ${hostKey}\n      capacity: { cpus: 4, memory: 7933, gpus: 1 }\n`,
  );
  const host = { kind: "existing", address: "ops@203.0.113.7", privateAddress: "10.0.0.4", key: "~/.ssh/k" };
  const gpu = { address: "ops@203.0.113.8", privateAddress: "10.0.0.5" };
  const config = { "berth:system": "vru", "berth:host": host, "berth:hosts": { gpu } };
  const placed = { ...config, "berth:placement": { "ml-engine": "gpu" } };
  const hosts = hostsToPrepare(placed);
  const { gpu: unprepared } = hosts.hosts;
  assert.ok(unprepared);
  assert.equal(hosts.target(unprepared, "").key, "~/.ssh/k");
  assert.deepEqual(neighboursOf(placed, hosts), {
    first: [{ network: "10.0.0.5/32", ports: [6379] }],
    beside: { gpu: [{ network: "10.0.0.4/32", ports: [8001] }] },
  });
  assert.throws(() => neighboursOf({ ...config, "berth:placement": { "ml-engine": "gpux" } }, hosts), {
    message: 'placement.ml-engine: must be one of the machines that hosts names: gpu, got "gpux"',
  });
});

test("setup prepares existing servers alone, and one without a key too", () => {
  const host = { kind: "existing", address: "ops@203.0.113.7" };
  assert.equal(hostsToPrepare({ "berth:host": host }).host.address, host.address);
  assert.throws(() => hostsToPrepare({ "berth:host": { kind: "gce" } }), {
    message:
      'host.kind: must be existing for setup, got "gce"; machines that Berth makes are prepared as they start',
  });
  assert.throws(() => hostsToPrepare({ "berth:host": { ...host, address: "203.0.113.7" } }), {
    message:
      'host.address: must be a user and a name or address such as "ops@203.0.113.7" or "ops@app.example.org:2222", got "203.0.113.7"',
  });
});

test("a key that settings name is taken without asking the machine", async () => {
  const target = { address: "nowhere.invalid", user: "ops" };
  assert.equal(await trustedHostKey({ target, known: hostKey }), hostKey);
  assert.equal(await trustedHostKey({ target, given: hostKey }), hostKey);
});
