import assert from "node:assert/strict";
import { test } from "vitest";
import { keptByVendor, keptInState, keptText } from "../../cli/destroy/kept.ts";
import type { Checkpoint, StateResource } from "../../cli/state/checkpoint.ts";
import { stackOn } from "./anyStack.ts";
import type { Graph } from "./harness.ts";
import type { HostKind } from "../../components/hosts/registry.ts";

const managed = { postgres: "managed", minio: "managed" };
const cloud = { domain: "app.example.org", host: { dns: { zone: "example.org", create: true } } };

const graphs = new Map<string, Promise<Graph>>();

/** A stack's state as it is after a run, with what vendors answer; of what a destroying run keeps, the protected alone. */
async function stateOf(kind: HostKind, config: Record<string, unknown>, which: "all" | "protected") {
  const key = JSON.stringify([kind, config]);
  const graph = graphs.get(key) ?? stackOn(kind, "arv", config);
  graphs.set(key, graph);
  const { resources } = await graph;
  const state = resources
    .filter(({ options }) => which === "all" || options.protect === true)
    .map(({ urn, type, name, inputs, options }): StateResource => {
      const id = `${name}-id`;
      const outputs = {
        ...inputs,
        name: `${name}-0f1e2d3`,
        address: "203.0.113.10",
        publicIp: "203.0.113.20",
      };
      return { urn, type, id, inputs, outputs, protect: options.protect };
    });
  return { resources: state } as Checkpoint;
}

const lines = async (kind: HostKind, config: Record<string, unknown> = {}) =>
  keptInState(await stateOf(kind, config, "protected")).map(keptText);

test("on this machine and on a server passwords stay, beside what Docker has", async () => {
  const passwords = "kept: 5 passwords (in the stack's state; --data forgets them)";
  assert.deepEqual(await lines("local"), [passwords]);
  assert.deepEqual(await lines("existing"), [passwords]);
  assert.deepEqual(await lines("local", { protectData: false }), []);
});

test("on Google Cloud disk, address, bucket, database and zone stay, each by its name there", async () => {
  assert.deepEqual(await lines("gce", { ...cloud, external: managed }), [
    "kept: disk gce-vm-data-0f1e2d3 (data; --data deletes it)",
    "kept: address 203.0.113.10 (paid for; --data gives it back)",
    "kept: bucket minio-0f1e2d3 (data; --data deletes it)",
    "kept: database postgres-0f1e2d3 (data; --data deletes it)",
    "kept: zone gce-dns-0f1e2d3 (of DNS; --data deletes it)",
    "kept: 2 passwords (in the stack's state; --data forgets them)",
  ]);
});

test("on EC2 volume, address, bucket, database and zone stay, each by what AWS calls it", async () => {
  assert.deepEqual(await lines("ec2", { ...cloud, external: managed }), [
    "kept: disk ec2-vm-data-id (data; --data deletes it)",
    "kept: address 203.0.113.20 (paid for; --data gives it back)",
    "kept: bucket minio-id (data; --data deletes it)",
    "kept: database postgres-id (data; --data deletes it)",
    "kept: zone ec2-dns-0f1e2d3 (of DNS; --data deletes it)",
    "kept: 2 passwords (in the stack's state; --data forgets them)",
  ]);
});

test("a machine that was kept for its data volumes is named, and one that is being replaced isn't", () => {
  const one = { urn: "u", type: "gcp:compute/instance:Instance", id: "i", outputs: { name: "gce-vm-1" } };
  const state = { resources: [one, { ...one, delete: true }] } as unknown as Checkpoint;
  assert.deepEqual(keptInState(state).map(keptText), [
    "kept: machine gce-vm-1 (it holds data volumes; --data deletes it)",
  ]);
});

test("with --data copies of the data stay with the vendor, and the command that prints them is said", async () => {
  const after = async (kind: HostKind) =>
    keptByVendor(await stateOf(kind, { ...cloud, external: managed }, "all")).map(keptText);
  assert.deepEqual(await after("gce"), [
    "kept: snapshots gce-vm-data-0f1e2d3 (data, if any were made; gcloud compute snapshots list --filter='sourceDisk~gce-vm-data-0f1e2d3' prints them)",
  ]);
  assert.deepEqual(await after("ec2"), [
    "kept: snapshots berth-prod-ec2-vm-data (data, if any were made; aws ec2 describe-snapshots --owner-ids self --filters Name=tag:berth-snapshots,Values=berth-prod-ec2-vm-data prints them)",
    "kept: snapshots berth-prod-postgres-final (data, if any were made; aws rds describe-db-snapshots --db-snapshot-identifier berth-prod-postgres-final prints them)",
  ]);
  const tags = { "berth-snapshots": "berth-a-b-ec2-vm-data-0123abcd" };
  const disk = { urn: "u", type: "aws:ebs/volume:Volume", id: "vol-1", inputs: { tags } };
  const marked = keptByVendor({ resources: [disk] } as unknown as Checkpoint).map(keptText);
  assert.match(marked.join(), /Values=berth-a-b-ec2-vm-data-0123abcd,berth-a-b-ec2-vm-data prints them/);
  const none = async (kind: HostKind) => keptByVendor(await stateOf(kind, {}, "all"));
  assert.deepEqual([...(await none("local")), ...(await none("existing"))], []);
});

test("whatever a stack protects is told of, by this or by Docker", async () => {
  for (const kind of ["local", "existing", "gce", "ec2"] as const) {
    const config = kind === "local" || kind === "existing" ? {} : { ...cloud, external: managed };
    const { resources } = await stateOf(kind, config, "protected");
    const untold = resources.filter(
      (one) =>
        one.type !== "docker:index/volume:Volume" &&
        keptInState({ resources: [one] } as Checkpoint).length === 0,
    );
    assert.deepEqual(
      untold.map(({ type, urn }) => `${type} ${urn}`),
      [],
      kind,
    );
  }
});
