import assert from "node:assert/strict";
import { describe, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { gunzipSync } from "node:zlib";
import { judge } from "../../policy/rules.ts";
import { stackOn } from "./anyStack.ts";
import { testCa } from "../tools/certificates.ts";
import { amazonMachine, googleMachine } from "./checkov.ts";
import { Graph, type Registered } from "./harness.ts";

const kinds = ["gce", "ec2"] as const;
const domain = { domain: "app.example.org" };

// One program at a time.
const three = {
  gce: await stackOn("gce", "loc8", { ...domain, host: { machines: 3 } }),
  ec2: await stackOn("ec2", "loc8", { ...domain, host: { machines: 3 } }),
};

/** What prepares a machine at its first boot. */
function setupOf({ inputs }: Registered): string {
  const packed = inputs.userDataBase64;
  if (typeof packed === "string") return gunzipSync(Buffer.from(packed, "base64")).toString();
  return (inputs.metadata as Record<string, string>)["user-data"] ?? "";
}

function machines(graph: Graph): Registered[] {
  const all = [
    ...graph.ofType("gcp:compute/instance:Instance"),
    ...graph.ofType("aws:ec2/instance:Instance"),
  ];
  return inOrder(all);
}

/** The first machine's names are before those of machine-2 and so on. */
function inOrder(resources: Registered[]): Registered[] {
  return resources.toSorted((a, b) => a.name.localeCompare(b.name));
}

/** The graph as it would be with this machine alone. */
function withAccountOf(graph: Graph, { name }: Registered): Graph {
  const accounts = graph.ofType("gcp:serviceaccount/account:Account").filter((one) => one.name === name);
  return new Graph(accounts, [], {});
}

function steps(graph: Graph): Registered[] {
  return inOrder(graph.ofType("command:local:Command").filter(({ name }) => name.startsWith("swarm")));
}

for (const kind of kinds)
  describe(`LOC8 on three machines of ${kind}`, () => {
    const graph = three[kind];
    const all = [0, 2, 3].map((place) => `203.0.113.${kind === "gce" ? 1 : 2}${place}`);

    test("one machine is what it was, without a word of a swarm", async () => {
      const [numbered, plain] = [
        await stackOn(kind, "loc8", { ...domain, host: { machines: 1 } }),
        await stackOn(kind, "loc8", domain),
      ];
      const lines = ({ resources }: Graph) =>
        resources.map(({ type, name, inputs }) => JSON.stringify([type, name, inputs])).toSorted();
      assert.deepEqual(lines(numbered), lines(plain));
      assert.deepEqual(steps(numbered), []);
      for (const one of machines(numbered)) assert.doesNotMatch(setupOf(one), /2377|live-restore":false/);
    });

    test("all are joined over their own ssh, one after the other", () => {
      assert.deepEqual(
        steps(graph).map(({ name }) => name),
        ["swarm", "swarm-machine-2", "swarm-machine-3"],
      );
      for (const { name, inputs } of steps(graph)) {
        const create = String(inputs.create);
        assert.match(create, kind === "gce" ? /start-iap-tunnel/ : /open-tunnel/, name);
        assert.match(create, name === "swarm" ? /\nbegin\n$/ : /\njoin\n$/, name);
      }
    });

    test("packets between them are as large as the vendor's network carries", () => {
      const options = graph.the("docker:index/network:Network").inputs.options as Record<string, string>;
      assert.equal(options["com.docker.network.driver.mtu"], kind === "gce" ? "1460" : undefined);
    });

    test("each is known to the others by its private address, and three are managers", () => {
      const ways = steps(graph).map(({ inputs }) => {
        const values = String(inputs.create);
        return ["address", "manager_address", "role"].map(
          (key) => new RegExp(`^${key}='?([^'\n]*)'?$`, "m").exec(values)?.[1],
        );
      });
      const home = kind === "gce" ? "10.10.0.2" : "10.20.0.4";
      const other = (place: number) => (kind === "gce" ? `10.10.0.${3 + place}` : `10.20.0.${5 + place}`);
      assert.deepEqual(ways, [
        [home, home, "manager"],
        [other(2), home, "manager"],
        [other(3), home, "manager"],
      ]);
    });

    test("applications are services of the swarm, what keeps data is on the first, and each has a proxy", () => {
      assert.deepEqual(
        graph
          .ofType("docker:index/service:Service")
          .map(({ name }) => name)
          .toSorted(),
        ["backend", "frontend"],
      );
      const namesOn = (machine: string) => {
        const { urn, name } = graph.the("pulumi:providers:docker", machine);
        return graph
          .ofType("docker:index/container:Container")
          .filter(({ options }) => options.provider === `${urn}::${name}-id`)
          .map((one) => one.name);
      };
      for (const name of ["postgres", "redis", "nginx"]) assert.ok(namesOn(kind).includes(name), name);
      for (const name of ["machine-2", "machine-3"]) {
        const own = `nginx-${name}`;
        assert.deepEqual(namesOn(name).toSorted(), [
          own,
          `${own}-files`,
          `${own}-release`,
          `${own}-release-files`,
        ]);
        const { ports } = graph.the("docker:index/container:Container", own).inputs;
        assert.deepEqual(
          (ports as { ip: string; external: number }[]).map(({ ip, external }) => `${ip}:${external}`),
          ["0.0.0.0:80"],
        );
      }
    });

    test("the data disk is the first one's alone, and so is all that protects it", () => {
      const disks = [...graph.ofType("gcp:compute/disk:Disk"), ...graph.ofType("aws:ebs/volume:Volume")];
      assert.deepEqual(
        disks.map(({ name }) => name),
        [`${kind}-vm-data`],
      );
      for (const { name, inputs } of machines(graph)) {
        const first = name === `${kind}-vm`;
        assert.equal(inputs.deletionProtection ?? inputs.disableApiTermination, first, name);
      }
      for (const { name, options } of [
        ...graph.ofType("gcp:compute/address:Address"),
        ...graph.ofType("aws:ec2/eip:Eip"),
      ])
        assert.equal(options.protect === true, name === `${kind}-vm`, name);
    });

    test("each is prepared for a swarm as it starts: its firewall, live-restore, and no disk but the first's", () => {
      assert.equal(machines(graph).length, 3);
      const network = kind === "gce" ? "10.10.0.0/24" : "10.20.0.0/20";
      for (const one of machines(graph)) {
        const text = setupOf(one);
        assert.ok(parse(text));
        assert.match(text, /"live-restore":false/, one.name);
        assert.match(text, new RegExp(`^ *peers='?${network}'?$`, "m"), one.name);
        assert.equal(text.includes("data disk"), one.name === `${kind}-vm`, one.name);
        assert.doesNotMatch(text, /SWMTKN/);
      }
    });

    test("the first is prepared over ssh too, where it is older than its swarm, before Docker is asked anything", () => {
      const { inputs } = graph.the("command:local:Command", `${kind}-setup`);
      const script = String(inputs.stdin);
      assert.match(script, /"live-restore":false/);
      const [first] = machines(graph);
      assert.ok(first);
      const { write_files: files } = parse(setupOf(first)) as {
        write_files: { path: string; content: string }[];
      };
      assert.equal(files.find(({ path }) => path === "/usr/local/sbin/berth-setup")?.content, script);
      assert.deepEqual(
        graph
          .ofType("command:local:Command")
          .filter(({ name }) => name.endsWith("-setup"))
          .map(({ name }) => name),
        [`${kind}-setup`],
      );
    });

    test("no token is in what is registered, and steps print none", () => {
      assert.doesNotMatch(JSON.stringify(graph.resources), /SWMTKN/);
      for (const { inputs } of steps(graph)) assert.equal(inputs.logging, "stderr");
    });

    test("the domain leads to all of them, and so do records that are left to its owner", async () => {
      const made = [
        ...graph.ofType("gcp:dns/recordSet:RecordSet"),
        ...graph.ofType("aws:route53/record:Record"),
      ];
      assert.equal(made.length, 1);
      assert.deepEqual(made[0]?.inputs.rrdatas ?? made[0]?.inputs.records, all);
      assert.equal("records" in graph.outputs, false);
      const left = await stackOn(kind, "loc8", {
        domains: ["app.example.org", "www.example.org"],
        host: { machines: 3, dns: { zone: "example.org" } },
      });
      assert.deepEqual(
        left.outputs.records,
        all.map((value) => ({ name: "www.example.org", type: "A", value })),
      );
    });

    test("where the proxy is on the first alone, the public comes in there alone", async () => {
      const bound = await stackOn(kind, "arv", { ...domain, host: { machines: 2 } });
      const names = bound.ofType("docker:index/container:Container").map(({ name }) => name);
      assert.ok(names.includes("nginx") && !names.includes("nginx-machine-2"));
      const made = [
        ...bound.ofType("gcp:dns/recordSet:RecordSet"),
        ...bound.ofType("aws:route53/record:Record"),
      ];
      const [address = ""] = all;
      assert.deepEqual(
        made.map(({ inputs }) => inputs.rrdatas ?? inputs.records),
        [[address]],
      );
      const stays = [...bound.ofType("gcp:compute/address:Address"), ...bound.ofType("aws:ec2/eip:Eip")];
      assert.deepEqual(
        stays.map(({ name }) => name),
        [`${kind}-vm`],
      );
      const [, second] = machines(bound);
      assert.ok(second);
      assert.match(setupOf(second), /^ *public_ports=''?$/m);
      const open = [
        ...bound
          .ofType("gcp:compute/firewall:Firewall")
          .filter(({ inputs }) => String(inputs.sourceRanges) === "0.0.0.0/0"),
        ...bound
          .ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
          .filter(({ inputs }) => inputs.cidrIpv4 === "0.0.0.0/0"),
      ];
      assert.equal(open.length, 1);
    });

    test("the outputs have the way to each", () => {
      const { machines: others } = graph.outputs as { machines: Record<string, { access: string }> };
      assert.deepEqual(Object.keys(others), ["machine-2", "machine-3"]);
      for (const { access } of Object.values(others)) assert.match(access, /^ssh /);
    });

    test("the policy pack finds nothing, and nothing is an orphan", () => {
      const facts = graph.resources.map(({ type, name, inputs, options }) => {
        return { type, name, props: inputs, protect: options.protect === true };
      });
      assert.deepEqual(judge(facts), []);
      const unmarked = facts.map((one) => ({ ...one, props: { ...one.props, tags: {}, labels: {} } }));
      const found = judge(unmarked).filter((line) => line.startsWith("protected-data"));
      assert.equal(found.length, 2, "an address that isn't marked is found");
      assert.deepEqual(graph.orphans(), []);
    });

    test("checkov's rules of machines hold for each, of groups and disks for all", () => {
      for (const one of machines(graph))
        for (const { id, holds, bad } of kind === "gce" ? googleMachine : amazonMachine) {
          // The rule asks for the graph's one account.
          const own = id === "CKV_GCP_30" ? withAccountOf(graph, one) : graph;
          assert.equal(holds(one.inputs, own), true, `${id} ${one.name}`);
          assert.equal(holds(bad(one.inputs), own), false, `${id} ${one.name}`);
        }
      const used = machines(graph).flatMap(
        ({ inputs }) => (inputs.vpcSecurityGroupIds as string[] | undefined) ?? [],
      );
      for (const { name, inputs } of graph.ofType("aws:ec2/securityGroup:SecurityGroup")) {
        assert.ok(name === "ec2-endpoint" || used.includes(`${name}-id`), `CKV2_AWS_5 ${name}`);
        assert.ok(String(inputs.description).length > 5, `CKV_AWS_23 ${name}`);
      }
      for (const { name, inputs } of graph.ofType(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
      ))
        assert.ok(String(inputs.description).length > 5, `CKV_AWS_23 ${name}`);
    });

    test("with a certificate of the owner's, 443 is open on each", async () => {
      const ca = await testCa();
      onTestFinished(() => ca.close());
      const pair = await ca.issue(["app.example.org"]);
      const tls = { certificate: pair.certificate + ca.intermediate + ca.root, key: pair.key };
      const secured = await stackOn(kind, "loc8", { ...domain, tls, host: { machines: 2 } });
      for (const name of ["nginx", "nginx-machine-2"]) {
        const { ports } = secured.the("docker:index/container:Container", name).inputs;
        assert.deepEqual(
          (ports as { ip: string; external: number }[]).map(({ ip, external }) => `${ip}:${external}`),
          ["0.0.0.0:80", "0.0.0.0:443"],
        );
      }
      const open = [
        ...secured
          .ofType("gcp:compute/firewall:Firewall")
          .filter(({ inputs }) => String(inputs.sourceRanges) === "0.0.0.0/0")
          .flatMap(({ inputs }) => (inputs.allows as { ports: string[] }[]).flatMap(({ ports }) => ports)),
        ...secured
          .ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
          .filter(({ inputs }) => inputs.cidrIpv4 === "0.0.0.0/0")
          .map(({ inputs }) => String(inputs.fromPort)),
      ];
      assert.deepEqual(open.toSorted(), ["443", "443", "80", "80"]);
    });

    test("a database of the vendor's is reached from each", async () => {
      const managed = await stackOn(kind, "loc8", {
        external: { postgres: "managed" },
        host: { machines: 3 },
      });
      if (kind === "ec2") {
        const { inputs } = managed.the(
          "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
          "postgres",
        );
        assert.equal(inputs.referencedSecurityGroupId, "ec2-swarm-id");
      } else {
        const { inputs } = managed.the("gcp:sql/databaseInstance:DatabaseInstance");
        const { ipConfiguration } = inputs.settings as { ipConfiguration: Record<string, unknown> };
        assert.equal(ipConfiguration.privateNetwork, "gce-network-id");
      }
      assert.ok(managed.ofType("docker:index/service:Service").some(({ name }) => name === "backend"));
    });
  });

describe("gce", () => {
  const graph = three.gce;

  test("machines of the swarm alone reach each other on what it says to itself, and the public each on 80", () => {
    const rules = graph.ofType("gcp:compute/firewall:Firewall").map(({ inputs }) => inputs);
    const tagged = rules.filter(({ targetTags }) => targetTags !== undefined);
    assert.equal(tagged.length, 1);
    const [rule] = tagged;
    assert.deepEqual(
      [rule?.sourceTags, rule?.targetTags, rule?.sourceRanges, rule?.network],
      [["berth-swarm"], ["berth-swarm"], undefined, "gce-network-id"],
    );
    assert.deepEqual(rule?.allows, [
      { protocol: "tcp", ports: ["2377", "7946"] },
      { protocol: "udp", ports: ["7946", "4789"] },
      { protocol: "esp" },
    ]);
    for (const { name, inputs } of machines(graph)) assert.deepEqual(inputs.tags, ["berth-swarm"], name);
    const open = rules.filter(({ sourceRanges }) =>
      (sourceRanges as string[] | undefined)?.includes("0.0.0.0/0"),
    );
    assert.deepEqual(
      open.map(({ targetServiceAccounts, allows }) => [targetServiceAccounts, allows]).toSorted(),
      [
        ...["gce-vm", "machine-2-vm", "machine-3-vm"].map((name) => [
          [`${name}@my-project.iam.gserviceaccount.com`],
          [{ protocol: "tcp", ports: ["80"] }],
        ]),
      ],
    );
  });

  test("they go over all zones of the region, the first in the one that is said", async () => {
    const zones = async (host: Record<string, unknown>) =>
      machines(await stackOn("gce", "loc8", { host })).map(({ inputs }) => inputs.zone);
    assert.deepEqual(await zones({ machines: 4, zone: "europe-west4-b" }), [
      "europe-west4-b",
      "europe-west4-c",
      "europe-west4-a",
      "europe-west4-b",
    ]);
    assert.deepEqual(await zones({ machines: 3, zone: "europe-west1-b" }), [
      "europe-west1-b",
      "europe-west1-c",
      "europe-west1-d",
    ]);
    assert.deepEqual(
      await zones({ machines: 3, zone: "us-central1-f", zones: ["us-central1-a", "us-central1-f"] }),
      ["us-central1-f", "us-central1-a", "us-central1-f"],
    );
  });

  test("its price counts them, each without a data disk but the first", async () => {
    const cost = async (host: Record<string, unknown>) =>
      (await stackOn("gce", "loc8", { host })).outputs.monthlyCost as number;
    const [one, all] = [await cost({}), await cost({ machines: 3 })];
    const disk = 50 * 0.11;
    assert.equal(all.toFixed(2), (3 * one - 2 * disk).toFixed(2));
  });
});

describe("ec2", () => {
  const graph = three.ec2;
  const rulesOf = (group: string) =>
    graph
      .ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
      .filter(({ inputs }) => inputs.securityGroupId === group)
      .map(({ inputs }) => [
        inputs.cidrIpv4 ?? inputs.referencedSecurityGroupId,
        inputs.ipProtocol,
        inputs.fromPort,
        inputs.toPort,
      ])
      .toSorted();

  test("machines of the swarm alone reach each other on what it says to itself, and the public each on 80", () => {
    assert.deepEqual(rulesOf("ec2-swarm-id"), [
      ["ec2-swarm-id", "50", undefined, undefined],
      ["ec2-swarm-id", "tcp", 2377, 2377],
      ["ec2-swarm-id", "tcp", 7946, 7946],
      ["ec2-swarm-id", "udp", 4789, 4789],
      ["ec2-swarm-id", "udp", 7946, 7946],
    ]);
    for (const { name, inputs } of machines(graph)) {
      assert.deepEqual(inputs.vpcSecurityGroupIds, [`${name}-id`, "ec2-swarm-id"]);
      assert.deepEqual(
        rulesOf(`${name}-id`).toSorted(),
        [
          ["0.0.0.0/0", "tcp", 80, 80],
          ["ec2-endpoint-id", "tcp", 22, 22],
        ],
        name,
      );
    }
  });

  test("they go over the region's zones as AWS tells of them, a subnet each, the first in the first", () => {
    const subnets = inOrder(graph.ofType("aws:ec2/subnet:Subnet"));
    assert.deepEqual(
      subnets.map(({ name, inputs }) => [name, inputs.availabilityZone, inputs.cidrBlock]),
      [
        ["ec2-network", "eu-central-1a", "10.20.0.0/24"],
        ["ec2-network-2", "eu-central-1b", "10.20.1.0/24"],
        // AWS tells of two.
        ["ec2-network-3", "eu-central-1a", "10.20.4.0/24"],
      ],
    );
    assert.deepEqual(
      machines(graph).map(({ inputs }) => inputs.subnetId),
      ["ec2-network-id", "ec2-network-2-id", "ec2-network-3-id"],
    );
    const routed = inOrder(graph.ofType("aws:ec2/routeTableAssociation:RouteTableAssociation"));
    assert.deepEqual(
      routed.map(({ inputs }) => [inputs.subnetId, inputs.routeTableId]),
      subnets.map(({ name }) => [`${name}-id`, "ec2-network-id"]),
    );
    for (const { inputs } of subnets) assert.equal(inputs.mapPublicIpOnLaunch, false);
  });

  test("they go over those that a setting names, two machines of one zone in one subnet", async () => {
    const named = await stackOn("ec2", "loc8", {
      host: { machines: 5, zones: ["eu-central-1c", "eu-central-1a"] },
    });
    assert.deepEqual(
      inOrder(named.ofType("aws:ec2/subnet:Subnet")).map(({ name, inputs }) => [
        name,
        inputs.availabilityZone,
        inputs.cidrBlock,
      ]),
      [
        ["ec2-network", "eu-central-1c", "10.20.0.0/24"],
        ["ec2-network-eu-central-1a", "eu-central-1a", "10.20.5.0/24"],
      ],
    );
    const [a, c] = ["ec2-network-eu-central-1a-id", "ec2-network-id"];
    assert.deepEqual(
      machines(named).map(({ inputs }) => inputs.subnetId),
      [c, a, c, a, c],
    );
  });

  test("in the account's default network each is in the default subnet of its zone", async () => {
    const shared = await stackOn("ec2", "loc8", { host: { machines: 2, defaultVpc: true } });
    assert.deepEqual(shared.ofType("aws:ec2/subnet:Subnet"), []);
    assert.deepEqual(
      machines(shared).map(({ inputs }) => inputs.subnetId),
      ["subnet-default", "subnet-default"],
    );
    for (const one of machines(shared)) assert.match(setupOf(one), /^ *peers='?172\.31\.0\.0\/16'?$/m);
  });

  test("its price counts them", async () => {
    const cost = async (host: Record<string, unknown>) =>
      (await stackOn("ec2", "loc8", { host: { region: "us-east-1", ...host } })).outputs
        .monthlyCost as number;
    const [one, all] = [await cost({}), await cost({ machines: 3 })];
    assert.equal(all.toFixed(2), (3 * one - 2 * 50 * 0.08).toFixed(2));
  });
});

test("gce: nothing of any machine is made before the APIs are on, whichever machine it is", () => {
  const apis = three.gce.ofType("gcp:projects/service:Service").map(({ urn }) => urn);
  const made = three.gce.ofType("berth:hosts:gce:Machine");
  assert.equal(made.length, 3);
  for (const { name, options } of made)
    assert.deepEqual(
      apis.filter((urn) => !options.dependsOn.includes(urn)),
      [],
      name,
    );
});

describe("machines of names and of a number", () => {
  test("are of one swarm, each of its own size, and limits fit the smallest", async () => {
    const mixed = await stackOn("gce", "loc8", {
      host: { machines: 2, machineType: "e2-standard-8" },
      hosts: { small: { machineType: "e2-standard-2", zone: "europe-west4-c" } },
      limits: { backend: { cpus: 4, memory: 4096 } },
      replicas: { backend: 3 },
    });
    assert.deepEqual(
      machines(mixed).map(({ name, inputs }) => [name, inputs.machineType, inputs.zone]),
      [
        ["gce-vm", "e2-standard-8", "europe-west4-a"],
        ["machine-2-vm", "e2-standard-8", "europe-west4-b"],
        ["small-vm", "e2-standard-2", "europe-west4-c"],
      ],
    );
    const { taskSpec, mode } = mixed.the("docker:index/service:Service", "backend").inputs;
    assert.deepEqual(mode, { replicated: { replicas: 3 } });
    const { limits } = (taskSpec as { resources: { limits: Record<string, number> } }).resources;
    assert.equal(limits.nanoCpus, 2e9);
    const room = 8192 * 0.9 * 1024 * 1024;
    // Two of three containers are there when one machine is gone.
    assert.ok(2 * (limits.memoryBytes ?? 0) < room && 2 * (limits.memoryBytes ?? 0) > room / 2);
  });
});
