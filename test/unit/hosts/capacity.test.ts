import assert from "node:assert/strict";
import { test } from "vitest";
import { ec2Capacity } from "../../../components/hosts/ec2/instanceType.ts";
import { gceCapacity } from "../../../components/hosts/gce/machineType.ts";

test("a GCE machine type's name tells what it has", () => {
  assert.deepEqual(gceCapacity("e2-standard-4"), { cpus: 4, memory: 16384, gpus: 0 });
  assert.deepEqual(gceCapacity("e2-medium"), { cpus: 2, memory: 4096, gpus: 0 });
  assert.deepEqual(gceCapacity("n1-highmem-8"), { cpus: 8, memory: 53248, gpus: 0 });
  assert.deepEqual(gceCapacity("n2-highmem-128"), { cpus: 128, memory: 884736, gpus: 0 });
  assert.deepEqual(gceCapacity("g2-standard-4"), { cpus: 4, memory: 16384, gpus: 1 });
  assert.deepEqual(gceCapacity("g2-standard-24"), { cpus: 24, memory: 98304, gpus: 2 });
  assert.deepEqual(gceCapacity("n2-custom-6-10240"), { cpus: 6, memory: 10240, gpus: 0 });
  assert.deepEqual(gceCapacity("custom-2-7680"), { cpus: 2, memory: 7680, gpus: 0 });
});

test("a GCE machine type whose name doesn't tell is unknown", () => {
  for (const name of [
    "a3-megagpu-8g",
    "m3-ultramem-32",
    "c3-standard-192-metal",
    "e2-standard",
    "e2-standard-4x",
    "",
  ]) {
    assert.equal(gceCapacity(name), undefined, name);
  }
});

test("an EC2 instance type's name tells what it has", () => {
  assert.deepEqual(ec2Capacity("t3.large"), { cpus: 2, memory: 8192, gpus: 0 });
  assert.deepEqual(ec2Capacity("m7i.xlarge"), { cpus: 4, memory: 16384, gpus: 0 });
  assert.deepEqual(ec2Capacity("m7i-flex.large"), { cpus: 2, memory: 8192, gpus: 0 });
  assert.deepEqual(ec2Capacity("m7g.medium"), { cpus: 1, memory: 4096, gpus: 0 });
  assert.deepEqual(ec2Capacity("c6i.4xlarge"), { cpus: 16, memory: 32768, gpus: 0 });
  assert.deepEqual(ec2Capacity("r7i.2xlarge"), { cpus: 8, memory: 65536, gpus: 0 });
  assert.deepEqual(ec2Capacity("g5.xlarge"), { cpus: 4, memory: 16384, gpus: 1 });
  assert.deepEqual(ec2Capacity("g4dn.12xlarge"), { cpus: 48, memory: 196608, gpus: 4 });
  assert.deepEqual(ec2Capacity("g6.48xlarge"), { cpus: 192, memory: 786432, gpus: 8 });
});

test("an EC2 instance type whose name doesn't tell is unknown", () => {
  for (const name of ["p5.48xlarge", "m7i.metal-24xl", "u-6tb1.metal", "m7i", "t3.huge", ""]) {
    assert.equal(ec2Capacity(name), undefined, name);
  }
});
