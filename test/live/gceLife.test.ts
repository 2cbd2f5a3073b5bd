import assert from "node:assert/strict";
import type { PulumiFn, Stack } from "@pulumi/pulumi/automation/index.js";
import { describe, test } from "vitest";
import { GceHost } from "../../components/hosts/gce/gce.ts";
import { gceSettings } from "../program/cloudSettings.ts";
import { startGoogleCloud, type GoogleCloud } from "../tools/googleCloud/server.ts";
import { skipWhen } from "../tools/skip.ts";
import { livingStack, settled, steps } from "./cloudLife.ts";
import { failure } from "./sshRig.ts";
import { withoutPlugin } from "./vendorPlugin.ts";

const ssh = {
  ...gceSettings().ssh,
  allowFrom: ["203.0.113.7/32", "2001:db8::/48"],
  members: ["user:a@example.org"],
};
const common = { system: "loc8", https: true, protectData: false };
const zone = { zone: "example.org", create: true };

/** Three machines of one swarm, each in a zone of its own, and nothing on them. */
function three(more: Record<string, unknown> = {}): PulumiFn {
  return () => {
    const named = { ...common, domain: "app.example.org" };
    const settings = gceSettings({ ssh, dns: zone, deletionProtection: false, ...more });
    const first = new GceHost("gce", { ...settings, ...named, swarm: { place: 0, open: true } });
    const others = ["b", "c"].map((letter, index) => {
      const place = { host: first, place: index + 1, open: true };
      const own = { zone: `europe-west4-${letter}`, rebuild: 1, swarm: place };
      return new GceHost(`machine-${index + 2}`, { ...settings, ...named, ...own });
    });
    first.gather(others, true);
    return Promise.resolve();
  };
}

/** A machine by itself, without a domain. */
const alone: PulumiFn = () => {
  new GceHost("gce", { ...gceSettings({ ssh, deletionProtection: false }), ...common, domain: "" });
  return Promise.resolve();
};

async function opened(name: string): Promise<{ stack: Stack; google: GoogleCloud }> {
  const google = await startGoogleCloud("my-project");
  return { google, stack: await livingStack(name, "gcloud", google, alone) };
}

describe("the genuine gcp plugin, with Google stood in for", skipWhen(await withoutPlugin("gcp")), () => {
  test("three machines are made, stay as they are, change, are rebuilt and go", async () => {
    const { stack, google } = await opened("gcelife");
    const up = (program: PulumiFn) => steps((options) => stack.up({ ...options, program }));

    const made = await up(three());
    assert.deepEqual(google.unknown, []);
    assert.ok(made.length > 40 && made.every((step) => step.startsWith("create ")), made.join("\n"));
    await settled(stack, three());

    const later = { loadBalancer: true, machineType: "e2-standard-8" };
    assert.deepEqual(await up(three(later)), [
      "create Address gce-balancer",
      "create ForwardingRule gce-balancer-http",
      "create ForwardingRule gce-balancer-https",
      ...["a", "b", "c"].map((letter) => `create InstanceGroup gce-balancer-europe-west4-${letter}`),
      "create RegionBackendService gce-balancer",
      "create RegionHealthCheck gce-balancer",
      ...["gce", "machine-2", "machine-3"].map((name) => `update Instance ${name}-vm: machineType`),
      "update RecordSet gce-dns-a: rrdatas[0], rrdatas[1], rrdatas[2]",
    ]);
    await settled(stack, three(later));

    const rebuilt = three({ ...later, rebuild: 2 });
    assert.deepEqual(await steps((options) => stack.preview({ ...options, program: rebuilt })), [
      "create Command gce-vm-release",
      "replace AttachedDisk gce-vm",
      ...["gate", "host-key", "setup"].map((step) => `replace Command gce-${step}`),
      "replace Instance gce-vm",
      "replace TunnelInstanceIAMMember gce-vm-user:a@example.org",
      "update InstanceGroup gce-balancer-europe-west4-a: instances",
    ]);
    await up(rebuilt);
    await settled(stack, rebuilt);

    await steps((options) => stack.destroy({ ...options, excludeProtected: true }));
    assert.deepEqual(google.unknown, []);
    // A zone that was made is always protected: its name servers are at the registrar.
    assert.match(google.left().join("\n"), /^managedZones\/gce-dns-\w+$/);
  });

  test("what Google refuses fails the run and is named, and what was changed there is seen", async () => {
    const { stack, google } = await opened("gcerefused");
    const quota = "Quota 'RESOURCE_POLICIES' exceeded.  Limit: 1.0 in region europe-west4.";
    google.refusals.set("resourcePolicies", quota);
    const complaint = await failure(() => steps((options) => stack.up({ ...options, program: alone })));
    assert.match(complaint, /gcp:compute:ResourcePolicy \(gce-vm-data-snapshots\)/);
    assert.ok(complaint.includes(quota), complaint);
    google.refusals.clear();
    const rest = await steps((options) => stack.up({ ...options, program: alone }));
    assert.ok(rest.includes("create ResourcePolicy gce-vm-data-snapshots"), rest.join("\n"));

    const [, rule] = [...google.compute.resources].find(([path]) => path.includes("gce-vm-iap")) ?? [];
    assert.ok(rule);
    rule.sourceRanges = ["0.0.0.0/0"];
    const drift = await steps((options) => stack.preview({ ...options, program: alone, refresh: true }));
    assert.deepEqual(drift, ["update Firewall gce-vm-iap: sourceRanges"]);

    await steps((options) => stack.destroy(options));
    assert.deepEqual(google.left(), []);
    assert.deepEqual(google.unknown, []);
  });
});
