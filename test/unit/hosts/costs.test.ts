import assert from "node:assert/strict";
import { test } from "vitest";
import { costLine, sumOf, totalCost } from "../../../components/hosts/cost.ts";
import { ec2Balanced, ec2Cost } from "../../../components/hosts/ec2/cost.ts";
import { gceBalanced, gceCost } from "../../../components/hosts/gce/cost.ts";

const gce = {
  zone: "us-central1-a",
  machineType: "e2-standard-4",
  cpus: 4,
  memory: 16384,
  attachedGpus: 0,
  disks: [
    { type: "pd-balanced", gigabytes: 20 },
    { type: "pd-balanced", gigabytes: 50 },
  ],
};

const soon = new Date("2026-08-01");

test("a GCE machine's cost is its family's rate, its disks' and its address's", () => {
  assert.equal(
    costLine(gceCost(gce), soon),
    "host.cost: about 108.49 USD a month: machine 97.84, disks 7.00, address 3.65; prices of 2026-07-30 " +
      "(https://cloud.google.com/compute/all-pricing), without traffic, snapshots and managed services",
  );
});

test("a machine type with a price of its own isn't reckoned by its family", () => {
  const small = { ...gce, zone: "europe-west4-b", machineType: "e2-small", cpus: 2, memory: 2048 };
  assert.equal(gceCost(small).machine?.toFixed(2), (0.018443 * 730).toFixed(2));
  const gpu = { ...gce, machineType: "g2-standard-4" };
  assert.equal(gceCost(gpu).machine?.toFixed(2), (0.706832 * 730).toFixed(2));
});

test("what the table doesn't hold is said, not guessed", () => {
  assert.equal(gceCost({ ...gce, machineType: "e2-custom-4-8192" }).machine, undefined);
  assert.equal(gceCost({ ...gce, zone: "mars-north1-a" }).disks, undefined);
  assert.equal(
    costLine(gceCost({ ...gce, machineType: "m3-ultramem-32", attachedGpus: 1 }), soon),
    "host.cost: at least 10.65 USD a month: machine not in the table, disks 7.00, address 3.65; prices of 2026-07-30 " +
      "(https://cloud.google.com/compute/all-pricing), without traffic, snapshots and managed services; the GPU isn't in the table",
  );
});

test("the whole cost is known where each part is", () => {
  assert.equal(totalCost(gceCost(gce)), 108.49);
  assert.equal(totalCost(gceCost({ ...gce, zone: "mars-north1-a" })), undefined);
  assert.equal(totalCost(gceCost({ ...gce, attachedGpus: 1 })), undefined);
});

test("an EC2 instance's cost is known in us-east-1, and isn't guessed elsewhere", () => {
  const ec2 = { region: "us-east-1", instanceType: "t3.large", gigabytes: [20, 50] };
  assert.equal(
    costLine(ec2Cost(ec2), soon),
    "host.cost: about 69.99 USD a month: machine 60.74, disks 5.60, address 3.65; prices of 2026-07-20 " +
      "(https://aws.amazon.com/ec2/pricing/on-demand), without traffic, snapshots and managed services",
  );
  assert.equal(
    costLine(ec2Cost({ ...ec2, region: "eu-central-1" }), soon),
    "host.cost: at least 3.65 USD a month: machine not in the table, disks not in the table, address 3.65; prices of 2026-07-20 " +
      "(https://aws.amazon.com/ec2/pricing/on-demand), without traffic, snapshots and managed services; the table holds us-east-1 alone, not eu-central-1",
  );
  assert.equal(ec2Cost({ ...ec2, instanceType: "x9.huge" }).machine, undefined);
});

test("a load balancer is a part of its own, with its addresses at AWS, and once of all machines", () => {
  const google = sumOf([gceBalanced(gceCost(gce)), gceCost({ ...gce, disks: gce.disks.slice(0, 1) })]);
  assert.match(
    costLine(google, soon, 2),
    /^host\.cost: about 230\.24 USD a month for 2 machines: machine 195\.69, disks 9\.00, address 7\.30, balancer 18\.25; /,
  );
  assert.equal(totalCost(google), 230.24);
  const ec2 = { region: "us-east-1", instanceType: "t3.large", gigabytes: [20, 50] };
  const amazon = ec2Balanced(ec2Cost(ec2), { region: "us-east-1", zones: 3 });
  assert.match(costLine(amazon, soon), /: machine 60\.74, disks 5\.60, address 14\.60, balancer 16\.43; /);
  assert.equal(totalCost(amazon), 97.36);
  const elsewhere = ec2Balanced(ec2Cost({ ...ec2, region: "eu-central-1" }), {
    region: "eu-central-1",
    zones: 2,
  });
  assert.match(
    costLine(elsewhere, soon),
    /at least 10\.95 USD .*, address 10\.95, balancer not in the table; /,
  );
  assert.equal(totalCost(elsewhere), undefined);
});

test("prices say how old they are when that is more than 90 days", () => {
  const ends = (date: string) => costLine(gceCost(gce), new Date(date)).split("managed services")[1];
  assert.equal(ends("2026-10-28"), "");
  assert.equal(ends("2026-10-29"), "; the prices are 91 days old");
});
