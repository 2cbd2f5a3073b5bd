import assert from "node:assert/strict";
import { Region } from "@pulumi/aws/types/enums/index.js";
import { test } from "vitest";
import { laterRegion } from "../../../components/hosts/cloud/regions.ts";
import { ec2Regions } from "../../../components/hosts/ec2/regions.ts";
import { gce as gceKind } from "../../../components/hosts/gce/kind.ts";
import { gceRegions } from "../../../components/hosts/gce/regions.ts";
import { gceHostSchema } from "../../../components/hosts/gce/settings.ts";
import { parseSettings, SettingsError } from "../../../settings.ts";
import { publicKey } from "../../program/cloudSettings.ts";

const ssh = { publicKeys: [publicKey] };

/** What is wrong with a stack's host; nothing where it is taken. Nothing is made of settings that are refused. */
function problems(host: Record<string, unknown>): readonly string[] {
  try {
    parseSettings({ system: "loc8", host: { ssh, ...host } });
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
}

const gce = (zone: string) => problems({ kind: "gce", project: "my-project", zone });
// Some regions have no image of Debian's.
const image = { owner: "123456789012", name: "debian-12-amd64-*" };
const ec2 = (region: string, more = {}) => problems({ kind: "ec2", region, image, ...more });

test("every region that a vendor has is taken", () => {
  assert.ok(gceRegions.names.length > 40);
  for (const region of gceRegions.names) assert.deepEqual(gce(`${region}-b`), []);
  for (const region of ec2Regions.names) assert.deepEqual(ec2(region), []);
});

test("AWS's are those of its SDK, of every partition", () => {
  assert.deepEqual([...ec2Regions.names].sort(), Object.values<string>(Region).sort());
  assert.ok(ec2Regions.names.includes("eusc-de-east-1"));
});

test("a region that came after the list is taken, with a warning", () => {
  const later = {
    ec2: [
      "eu-central-3",
      "me-west-1",
      "sa-west-1",
      "nz-south-1",
      "us-gov-central-1",
      "eusc-de-west-1",
      "eusc-fr-east-1",
    ],
    gce: ["europe-west13", "europe-south1", "africa-north1", "asia-east5"],
  };
  for (const region of later.ec2) assert.deepEqual(ec2(region), [], region);
  for (const region of later.gce) assert.deepEqual(gce(`${region}-a`), [], region);
  assert.deepEqual(laterRegion("region", "eu-central-3", ec2Regions), [
    "region: isn't in a region of AWS that there was on 2026-09-22, got \"eu-central-3\"; AWS says whether there is one by now, if it isn't eu-central-1 that is meant",
  ]);
  assert.deepEqual(laterRegion("zone", "africa-north1", gceRegions), [
    "zone: isn't in a region of Google Cloud that there was on 2026-07-30, got \"africa-north1\"; Google Cloud says whether there is one by now, if it isn't africa-south1 that is meant",
  ]);
  for (const known of ec2Regions.names) assert.deepEqual(laterRegion("region", known, ec2Regions), []);
});

test("a slip of the finger isn't one", () => {
  const slips = {
    ec2: [
      "eu-cental-1",
      "eu-centrl-1",
      "eu-central-9",
      "eu-central-0",
      "eu-wst-1",
      "us-gav-east-1",
      "eusc-ede-east-1",
    ],
    gce: ["europe-wset4", "europ-west4", "moon-west1", "europe-west0", "europe-west99", "us-middle1"],
  };
  for (const region of slips.ec2) assert.equal(ec2(region).length, 1, region);
  for (const region of slips.gce) assert.equal(gce(`${region}-a`).length, 1, region);
  assert.deepEqual(ec2("eu-cental-1"), [
    'host.region: must be in a region of AWS: eu-central-1, or another that there was on 2026-09-22, got "eu-cental-1"',
  ]);
});

test("a zone in a region that isn't is refused, with the one that was meant, and the day of the list", () => {
  for (const zone of ["europe-west44-a", "europ-west4-a", "europewest-west4-b"]) {
    assert.deepEqual(gce(zone), [
      "host.zone: must be in a region of Google Cloud: europe-west4, or another that there was on 2026-07-30, " +
        `got "${zone}"`,
    ]);
  }
  assert.deepEqual(ec2("eu-central-9"), [
    'host.region: must be in a region of AWS: eu-central-1, or another that there was on 2026-09-22, got "eu-central-9"',
  ]);
  const [line = ""] = gce("moon-crater1-a");
  assert.match(
    line,
    /^host\.zone: must be in a region of Google Cloud: one of africa-south1, .*us-west4 that /,
  );
});

/** What a stack with its machine in this zone is warned of. */
const warnings = (zone: string) =>
  gceKind.notes(gceHostSchema.parse({ kind: "gce", project: "my-project", zone, ssh }));

test("a zone that came after the list is taken, with a warning", () => {
  for (const zone of ["europe-west4-a", "europe-west4-c", "us-central1-f", "us-east1-d", "europe-west1-b"])
    assert.deepEqual([...gce(zone), ...warnings(zone)], [], zone);
  for (const zone of ["europe-west4-d", "europe-west4-f", "us-central1-d", "us-central1-g", "us-east1-e"]) {
    assert.deepEqual(gce(zone), [], zone);
    assert.equal(warnings(zone).length, 1, zone);
  }
  assert.deepEqual(warnings("europe-west4-d"), [
    "zone: isn't a zone of Google Cloud that there was on 2026-09-20, got \"europe-west4-d\"; Google Cloud says whether there is one by now, if it isn't one of europe-west4-a, europe-west4-b, europe-west4-c that is meant",
  ]);
  const [region = "", ...more] = warnings("europe-west13-a");
  assert.match(region, /^zone: isn't in a region of Google Cloud that there was on /);
  assert.deepEqual(more, []);
});

test("a letter that no zone of the region is near is refused, with those it has", () => {
  assert.deepEqual(gce("europe-west4-z"), [
    'host.zone: must be a zone of Google Cloud: one of europe-west4-a, europe-west4-b, europe-west4-c that there was on 2026-09-20, got "europe-west4-z"',
  ]);
  for (const zone of ["europe-west4-g", "us-central1-j", "us-east1-a", "europe-west1-a", "europe-west13-q"]) {
    const [line = "", ...more] = gce(zone);
    assert.match(line, /^host\.zone: must be a zone of Google Cloud: one of /, zone);
    assert.deepEqual(more, [], zone);
  }
  const form = 'host.zone: must be a zone such as "europe-west4-a"; gcloud compute zones list prints all';
  assert.deepEqual(gce("europe-west4-z9"), [`${form}, got "europe-west4-z9"`]);
});

test("a machine beside another is told the same of its own zone", () => {
  const host = { kind: "gce", project: "my-project", zone: "europe-west4-a", ssh };
  const config = {
    system: "loc8",
    host,
    hosts: { db: { zone: "europe-west44-b" } },
    placement: { backend: "db" },
  };
  assert.throws(
    () => parseSettings(config),
    /hosts\.db\.zone: must be in a region of Google Cloud: europe-west4, or/,
  );
});

test("what is no zone or of another region is refused by its form", () => {
  const form = 'host.zone: must be a zone such as "europe-west4-a"; gcloud compute zones list prints all';
  for (const zone of ["europe-west4", "europe-west4-A", "europe-west4-ab", "eu-central-1a"])
    assert.deepEqual(gce(zone), [`${form}, got "${zone}"`]);
  const region = 'host.region: must be a region such as "eu-central-1"';
  for (const name of ["eu-central-1a", "europe-west4", "eu-central-", "EU-central-1"])
    assert.deepEqual(ec2(name), [`${region}, got "${name}"`]);
  assert.deepEqual(ec2("eu-central-1", { availabilityZone: "eu-central-2a" }), [
    'host.availabilityZone: must be in region eu-central-1, got "eu-central-2a"',
  ]);
  assert.deepEqual(ec2("eu-central-1", { availabilityZone: "eu-central-1" }), [
    'host.availabilityZone: must be an availability zone such as "eu-central-1a", got "eu-central-1"',
  ]);
});

test("it is said beside what else is wrong with the host", () => {
  const lines = problems({ kind: "gce", project: "P", zone: "europe-west44-a" });
  assert.deepEqual(
    lines.map((line) => line.split(":")[0]),
    ["host.project", "host.zone"],
  );
});
