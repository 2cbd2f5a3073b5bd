import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { parseSettings, SettingsError } from "../../../settings.ts";
import { ec2Least, gceLeast, hostKey } from "../../program/cloudSettings.ts";

const capacity = { cpus: 8, memory: 16384, gpus: 0 };
const server = {
  kind: "existing",
  address: "ops@203.0.113.30",
  hostKey,
  privateAddress: "10.0.0.30",
  capacity,
};
const two = { address: "ops@203.0.113.31", hostKey, privateAddress: "10.0.0.31", capacity };

function refused(config: Record<string, unknown>, problems: string[]): void {
  assert.throws(() => parseSettings({ system: "loc8", ...config }), new SettingsError(problems));
}

test("who may use the tunnel is named once, as each is a grant of its own", () => {
  const ssh = {
    ...gceLeast.ssh,
    members: ["user:a@example.org", "group:b@example.org", "user:a@example.org"],
  };
  refused({ host: { ...gceLeast, ssh } }, [
    'host.ssh.members.2: must be there once, got "user:a@example.org"',
  ]);
});

describe("a number of machines", () => {
  for (const least of [gceLeast, ec2Least]) {
    const { kind } = least;
    test(`${kind}: one is no swarm, and more are one, named by their place`, () => {
      const settings = (machines: number) => parseSettings({ system: "loc8", host: { ...least, machines } });
      assert.deepEqual([settings(1).swarm, settings(1).hosts], [false, {}]);
      const { swarm, hosts } = settings(3);
      assert.deepEqual(swarm, { encrypted: true });
      assert.deepEqual(Object.keys(hosts), ["machine-2", "machine-3"]);
      assert.equal(Object.keys(settings(50).hosts).length, 49);
    });

    test(`${kind}: each is as the first, but for what belongs to that`, () => {
      const { hosts } = parseSettings({
        system: "loc8",
        domain: "app.example.org",
        host: {
          ...least,
          ...{ machines: 2, systemDisk: 60, rebuild: 4, dns: { zone: "example.org" } },
          ...(kind === "gce" ? { machineType: "e2-standard-8" } : { instanceType: "m7i.xlarge" }),
        },
      });
      const { dns, rebuild, systemDisk, ...other } = hosts["machine-2"] as Record<string, unknown>;
      assert.deepEqual([dns, rebuild, systemDisk, other.machines], [undefined, 1, 60, undefined]);
      assert.equal(other.machineType ?? other.instanceType, kind === "gce" ? "e2-standard-8" : "m7i.xlarge");
    });

    test(`${kind}: what is no number of machines is refused, once`, () => {
      for (const [machines, got] of [
        [0, "0"],
        ["3", '"3"'],
        [2.5, "2.5"],
        [51, "51"],
        [-1, "-1"],
        [true, "true"],
      ])
        refused({ host: { ...least, machines } }, [
          `host.machines: must be a whole number from 1 to 50, got ${String(got)}`,
        ]);
    });

    test(`${kind}: a mistake of host is said of host alone, however many there are`, () => {
      refused({ host: { ...least, machines: 3, systemDisk: 5 } }, [
        "host.systemDisk: must be a whole number from 20 to 65536, got 5",
      ]);
      assert.throws(
        () => parseSettings({ system: "loc8", host: { ...least, machines: 3, disks: 5 } }),
        ({ problems }: SettingsError) =>
          problems.length === 1 && problems[0]?.startsWith("host.disks: unknown key"),
      );
    });

    test(`${kind}: a machine of a name that it makes, and what a machine beside can't say`, () => {
      refused({ host: { ...least, machines: 3 }, hosts: { "machine-2": { systemDisk: 40 } } }, [
        'hosts.machine-2: must have another name: host.machines makes machine-2 to machine-3, got {"systemDisk":40}',
      ]);
      assert.ok(
        parseSettings({ system: "loc8", host: { ...least, machines: 3 }, hosts: { "machine-4": {} } }),
      );
      refused({ host: { ...least, machines: 2 }, hosts: { big: { machines: 2 } } }, [
        "hosts.big.machines: must be left out: host.machines says it for all, got 2",
      ]);
      refused({ host: least, swarm: true, hosts: { big: { dataDisk: { size: 20 } } } }, [
        'hosts.big.dataDisk: must be left out where the machines are a swarm: it is for the stack\'s own, got {"size":20}',
      ]);
    });

    test(`${kind}: several that aren't to be a swarm`, () => {
      refused({ host: { ...least, machines: 3 }, swarm: false }, [
        "swarm: must be left out where host.machines is 3, which are one swarm, got false",
      ]);
    });

    test(`${kind}: one that others may join is a swarm of one`, () => {
      const { swarm, hosts } = parseSettings({ system: "loc8", host: least, swarm: true });
      assert.deepEqual([swarm, hosts], [{ encrypted: true }, {}]);
    });

    test(`${kind}: encryption between them is off where a setting says so`, () => {
      const { swarm } = parseSettings({
        system: "loc8",
        host: { ...least, machines: 2 },
        swarm: { encrypted: false },
      });
      assert.deepEqual(swarm, { encrypted: false });
    });
  }

  test("of machines with a GPU is refused", () => {
    const rule =
      "host.machines: must be 1 where the machine has a GPU, which services on other machines don't use; name those in hosts, without one, beside swarm: true, got 2";
    refused({ host: { ...gceLeast, machines: 2, gpu: "nvidia-l4" } }, [rule]);
    refused({ host: { ...ec2Least, machines: 2, instanceType: "g5.xlarge" } }, [rule]);
  });

  test("on a kind of host that has none is refused, with what to do instead", () => {
    refused({ host: { kind: "local", machines: 3 } }, [
      "host.machines: must be left out on host kind local, which is one machine; on kind gce and ec2 it is a number of machines, got 3",
    ]);
    refused({ host: { ...server, machines: 3 } }, [
      "host.machines: must be left out on host kind existing, which has its servers named in hosts, beside swarm: true; on kind gce and ec2 it is a number of machines, got 3",
    ]);
  });
});

describe("a load balancer", () => {
  const one =
    "host.loadBalancer: must be left out where the public comes in at one machine; host.machines: 3 makes several that it can stand before, got true";
  for (const least of [gceLeast, ec2Least]) {
    const { kind } = least;
    test(`${kind}: stands before machines of a number, and named ones of a swarm`, () => {
      const numbered = parseSettings({ system: "loc8", host: { ...least, machines: 3, loadBalancer: true } });
      assert.equal((numbered.host as { loadBalancer?: boolean }).loadBalancer, true);
      for (const other of Object.values(numbered.hosts)) assert.ok(!("loadBalancer" in other));
      const named = { swarm: true, hosts: { big: {} } };
      assert.ok(parseSettings({ system: "loc8", host: { ...least, loadBalancer: true }, ...named }));
    });

    test(`${kind}: is refused before one machine, and before one that another stands beside`, () => {
      const host = { ...least, loadBalancer: true };
      for (const more of [{}, { swarm: true }, { hosts: { big: {} }, placement: { backend: "big" } }])
        refused({ host, ...more }, [one]);
      refused({ host: { ...host, machines: 1 } }, [one]);
      assert.ok(parseSettings({ system: "loc8", host: { ...least, loadBalancer: false } }));
    });

    test(`${kind}: is refused in a system whose proxy is on one machine, and of a machine beside`, () => {
      assert.throws(
        () => parseSettings({ system: "arv", host: { ...least, machines: 3, loadBalancer: true } }),
        new SettingsError([
          "host.loadBalancer: must be left out in system arv, whose proxy is on host alone, with the files that it serves, got true",
        ]),
      );
      const external = { media: "https://KEY:secret@s3.example.org/documents" };
      const host = { ...least, machines: 3, loadBalancer: true };
      assert.throws(() => parseSettings({ system: "docsai", host }), /^SettingsError: host\.loadBalancer: /);
      assert.ok(parseSettings({ system: "docsai", host, external }), "with nothing on one machine alone");
      refused({ host: { ...least, machines: 2 }, hosts: { big: { loadBalancer: true } } }, [
        "hosts.big.loadBalancer: must be left out: host.loadBalancer says it for all, got true",
      ]);
    });

    test(`${kind}: what is neither true nor false is refused, once`, () => {
      for (const [loadBalancer, got] of [
        ["true", '"true"'],
        [1, "1"],
        ["network", '"network"'],
        [{ type: "network" }, '{"type":"network"}'],
        [null, "null"],
      ] as [unknown, string][])
        refused({ host: { ...least, machines: 3, loadBalancer } }, [
          `host.loadBalancer: must be true or false, got ${got}`,
        ]);
    });
  }

  test("on a kind of host that has none is refused, with what to do instead", () => {
    refused({ host: { kind: "local", loadBalancer: true } }, [
      "host.loadBalancer: must be left out on host kind local, which is one machine; on kind gce and ec2 it is true or false, got true",
    ]);
    refused({ host: { ...server, loadBalancer: true }, hosts: { two }, swarm: true }, [
      "host.loadBalancer: must be left out on host kind existing, which has no vendor that Berth asks for one; stand one of your own before the servers; on kind gce and ec2 it is true or false, got true",
    ]);
  });
});

describe("zones", () => {
  test("gce: all of the region, the first in the one that is said, or those that are named", () => {
    const zones = (more: Record<string, unknown>) =>
      Object.values(parseSettings({ system: "loc8", host: { ...gceLeast, machines: 4, ...more } }).hosts).map(
        (one) => (one as unknown as { zone: string }).zone,
      );
    assert.deepEqual(zones({}), ["europe-west4-b", "europe-west4-c", "europe-west4-a"]);
    assert.deepEqual(zones({ zone: "us-east1-d" }), ["us-east1-b", "us-east1-c", "us-east1-d"]);
    assert.deepEqual(zones({ zones: ["europe-west4-c"] }), [
      "europe-west4-c",
      "europe-west4-a",
      "europe-west4-c",
    ]);
  });

  test("ec2: as AWS tells of them, or those that are named", () => {
    const zones = (more: Record<string, unknown>) =>
      Object.values(parseSettings({ system: "loc8", host: { ...ec2Least, machines: 3, ...more } }).hosts).map(
        (one) => (one as unknown as { availabilityZone?: string }).availabilityZone,
      );
    assert.deepEqual(zones({}), [undefined, undefined]);
    assert.deepEqual(zones({ availabilityZone: "eu-central-1b" }), [undefined, undefined]);
    assert.deepEqual(
      zones({ availabilityZone: "eu-central-1b", zones: ["eu-central-1a", "eu-central-1b"] }),
      ["eu-central-1a", "eu-central-1b"],
    );
  });

  test("of another region, none, or no list are refused", () => {
    refused({ host: { ...gceLeast, machines: 2, zones: ["europe-west4-a", "europe-west1-b"] } }, [
      'host.zones.1: must be in region europe-west4, as host.zone is, got "europe-west1-b"',
    ]);
    refused({ host: { ...gceLeast, zones: [] } }, [
      'host.zones: must be a list of zones such as ["europe-west4-a", "europe-west4-b"], one or more, got []',
    ]);
    refused({ host: { ...ec2Least, machines: 2, zones: ["us-east-1a"] } }, [
      'host.zones.0: must be in region eu-central-1, got "us-east-1a"',
    ]);
    refused({ host: { ...ec2Least, zones: "eu-central-1a" } }, [
      'host.zones: must be a list of availability zones such as ["eu-central-1a", "eu-central-1b"], one or more, got "eu-central-1a"',
    ]);
  });
});

test("a swarm of servers says of each where the public reaches it", () => {
  const swarm = { system: "loc8", host: server, swarm: true };
  assert.ok(parseSettings({ ...swarm, hosts: { two: { ...two, publicAddress: "198.51.100.31" } } }));
  refused({ host: server, swarm: true, hosts: { two: { ...two, ipv6: true } } }, [
    "hosts.two.ipv6: must be left out where the machines are a swarm: it is for the stack's own, got true",
  ]);
});
