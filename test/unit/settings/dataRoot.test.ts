import assert from "node:assert/strict";
import { test } from "vitest";
import { parseSettings, SettingsError } from "../../../settings.ts";

const ssh = { publicKeys: [`ssh-ed25519 ${"A".repeat(68)} you@laptop`] };
const clouds = {
  gce: { kind: "gce", project: "my-project-1", zone: "europe-west4-a", ssh },
  ec2: { kind: "ec2", region: "eu-central-1", ssh },
};

for (const [kind, host] of Object.entries(clouds)) {
  const dataRootOn = (dataRoot: string) => parseSettings({ system: "vru", host, dataRoot }).dataRoot;

  test(`${kind}: data may lie anywhere in the folder that is on the data disk`, () => {
    for (const folder of ["", "/opt/vru-platform", "/opt/vru-platform/data"]) {
      assert.equal(dataRootOn(folder), folder);
    }
  });

  for (const folder of ["/srv/vru", "/opt/vru-platform2", "/opt", "/var/lib/docker/volumes/vru"]) {
    test(`${kind}: refuses data in ${folder}, which goes with the machine or is Docker's`, () => {
      assert.throws(
        () => dataRootOn(folder),
        new SettingsError([
          `dataRoot: must be /opt/vru-platform or below, which is on the data disk that a new machine takes over, got "${folder}"`,
        ]),
      );
    });
  }
}

test("a server that is there keeps data wherever its owner likes", () => {
  const settings = parseSettings({ system: "vru", dataRoot: "/srv/vru" });
  assert.equal(settings.dataRoot, "/srv/vru");
});
