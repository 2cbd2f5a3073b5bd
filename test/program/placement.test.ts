import assert from "node:assert/strict";
import { test } from "vitest";
import { hostKinds, kindsWith, type HostKind } from "../../components/hosts/registry.ts";
import { judge } from "../../policy/rules.ts";
import { parseSettings, SettingsError } from "../../settings.ts";
import { innerPorts, waysOf } from "../../settings/ways.ts";
import { placeable, rowsOf } from "../../systems/facts.ts";
import { systemNames, systems, type SystemName } from "../../systems/index.ts";
import { stackOn } from "./anyStack.ts";
import { hostKey } from "./cloudSettings.ts";
import type { Graph, Registered } from "./harness.ts";

const size = { cpus: 8, memory: 16384, gpus: 1 };
const server = { kind: "existing", address: "ops@203.0.113.30", hostKey, capacity: { ...size, gpus: 0 } };

/** The least that says: another machine, with a GPU. */
const machines = {
  gce: { hosts: { gpu: { gpu: "nvidia-l4" } } },
  ec2: { hosts: { gpu: { instanceType: "g5.xlarge" } } },
  existing: {
    host: { privateAddress: "10.0.0.4" },
    hosts: { gpu: { address: "ops@203.0.113.31", hostKey, privateAddress: "10.0.0.5", capacity: size } },
  },
} as const;
type Kind = keyof typeof machines;
const kinds = Object.keys(machines) as Kind[];

const addresses: Record<Kind, { first: string; second: string }> = {
  gce: { first: "10.10.0.2", second: "10.10.0.3" },
  ec2: { first: "10.20.0.4", second: "10.20.0.5" },
  existing: { first: "10.0.0.4", second: "10.0.0.5" },
};

function placed(kind: Kind, system: SystemName, services: readonly string[]): Promise<Graph> {
  const placement = Object.fromEntries(services.map((name) => [name, "gpu"]));
  return stackOn(kind, system, { ...machines[kind], placement });
}

function containers(graph: Graph): Registered[] {
  return graph.ofType("docker:index/container:Container");
}

/** What runs on the machine of this name, as `berth.service` says. */
function resourcesOn(graph: Graph, machine: string): Registered[] {
  const { urn, name } = graph.the("pulumi:providers:docker", machine);
  return containers(graph).filter(({ options }) => options.provider === `${urn}::${name}-id`);
}

/** `service ip:port` of everything that is published. */
function published(resources: readonly Registered[]): string[] {
  return resources
    .flatMap(({ name, inputs }) =>
      ((inputs.ports as { ip: string; external: number }[] | undefined) ?? []).map(
        ({ ip, external }) => `${name} ${ip}:${external}`,
      ),
    )
    .toSorted();
}

function named(kind: Kind): HostKind {
  return kind;
}

const graphs = {
  gce: await placed("gce", "vru", ["ml-engine"]),
  ec2: await placed("ec2", "vru", ["ml-engine"]),
  existing: await placed("existing", "vru", ["ml-engine"]),
};

for (const kind of kinds) {
  const graph = graphs[kind];
  const { first, second } = addresses[kind];

  test(`${kind}: ml-engine, its models and its entry are on the second machine, all else on the first`, () => {
    assert.deepEqual(
      resourcesOn(graph, "gpu")
        .map(({ name }) => name)
        .toSorted(),
      [
        "ml-engine-1",
        "ml-engine-door",
        "ml-engine-door-files",
        "ml-engine-door-release",
        "ml-engine-door-release-files",
        "ml-engine-files",
        "models-owner",
      ],
    );
    assert.equal(
      resourcesOn(graph, "gpu").length + resourcesOn(graph, named(kind)).length,
      containers(graph).length,
    );
  });

  test(`${kind}: what each machine publishes is the web, or on its private address alone`, () => {
    assert.deepEqual(published(resourcesOn(graph, named(kind))), ["nginx 0.0.0.0:80", `redis ${first}:6379`]);
    assert.deepEqual(published(resourcesOn(graph, "gpu")), [`ml-engine-door ${second}:8001`]);
  });

  test(`${kind}: ml-engine has the GPU and finds Redis by its name at the first machine's private address`, () => {
    const [engine] = resourcesOn(graph, "gpu").filter(({ name }) => name === "ml-engine-1");
    assert.equal(engine?.inputs.gpus, "all");
    assert.deepEqual(engine.inputs.hosts, [{ host: "redis", ip: first }]);
    for (const { name, inputs } of resourcesOn(graph, named(kind)))
      assert.equal(inputs.hosts, undefined, name);
  });

  test(`${kind}: the proxy leads to the second machine's private address, and Prometheus asks there`, () => {
    const files = containers(graph).flatMap(({ inputs }) => {
      return (inputs.uploads as { file: string; content: string }[] | undefined) ?? [];
    });
    const conf = files.filter(({ file }) => file.endsWith("/nginx.conf")).map(({ content }) => content);
    const proxy = conf.find((text) => /listen 80[ ;]/.test(text));
    assert.match(proxy ?? "", new RegExp(`server ${second.replaceAll(".", "\\.")}:8001`));
    const targets = files.find(({ file }) => file.endsWith("/services.json"))?.content ?? "[]";
    const jobs = JSON.parse(targets) as { targets: string[]; labels: { job: string } }[];
    assert.deepEqual(jobs.find(({ labels }) => labels.job === "ml-engine")?.targets, [`${second}:8001`]);
  });

  test(`${kind}: callers use the name they always did`, () => {
    const gateway = containers(graph).find(({ name }) => name === "api-gateway-1");
    assert.ok(
      (gateway?.inputs.envs as string[]).some((env) => env.includes("ml-engine=http://ml-engine:8001")),
    );
  });

  test(`${kind}: the policy pack finds nothing, and nothing is an orphan`, () => {
    const facts = graph.resources.map(({ type, name, inputs, options }) => {
      return { type, name, props: inputs, protect: options.protect === true };
    });
    assert.deepEqual(judge(facts), []);
    assert.deepEqual(graph.orphans(), []);
  });
}

test("gce: between the two machines are 8001 there and 6379 back, by identity, and nothing else", () => {
  const rules = graphs.gce
    .ofType("gcp:compute/firewall:Firewall")
    .filter(({ inputs }) => inputs.sourceServiceAccounts !== undefined)
    .map(({ inputs }) => [inputs.sourceServiceAccounts, inputs.targetServiceAccounts, inputs.allows]);
  const account = (name: string) => [`${name}@my-project.iam.gserviceaccount.com`];
  const wanted = [
    [account("gce-vm"), account("gpu-vm"), [{ protocol: "tcp", ports: ["8001"] }]],
    [account("gpu-vm"), account("gce-vm"), [{ protocol: "tcp", ports: ["6379"] }]],
  ];
  assert.deepEqual(new Set(rules), new Set(wanted));
});

test("ec2: between the two machines are 8001 there and 6379 back, by security group, and nothing else", () => {
  const rules = graphs.ec2
    .ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    .filter(({ inputs }) => inputs.fromPort !== 22 && inputs.referencedSecurityGroupId !== undefined)
    .map(({ inputs }) => [
      inputs.referencedSecurityGroupId,
      inputs.securityGroupId,
      inputs.fromPort,
      inputs.toPort,
    ]);
  const wanted = [
    ["ec2-vm-id", "gpu-vm-id", 8001, 8001],
    ["gpu-vm-id", "ec2-vm-id", 6379, 6379],
  ];
  assert.deepEqual(new Set(rules), new Set(wanted));
});

/** Names that a container is told, in variables and files: `http://name:8001`, `redis://:…@name:6379`, `DATABASE_HOST`. */
function toldNames({ inputs }: Registered, files: ReadonlyMap<string, string>): string[] {
  const envs = ((inputs.envs as string[] | undefined) ?? []).join("\n");
  const mounts = (inputs.mounts as { source: string }[] | undefined) ?? [];
  const text = [envs, ...mounts.map(({ source }) => files.get(source) ?? "")].join("\n");
  return [...text.matchAll(/\w:\/\/(?:[^\s/@]*@)?([\w-]+):\d+/g)].map(([, name = ""]) => name);
}

for (const system of systemNames) {
  const may = placeable(systems[system]);
  for (const service of may) {
    test(`${system}: ${service} on a second machine is told no name that isn't known there`, async () => {
      const graph = await placed("existing", system, [service]);
      const files = new Map(
        containers(graph).flatMap(({ inputs }) => {
          const uploads = (inputs.uploads as { content: string }[] | undefined) ?? [];
          const [mount] = (inputs.mounts as { source: string }[] | undefined) ?? [];
          return mount === undefined
            ? []
            : [[mount.source, uploads.map(({ content }) => content).join("\n")] as const];
        }),
      );
      const there = resourcesOn(graph, "gpu").filter(({ name }) => name.startsWith(`${service}-`));
      assert.ok(there.length > 0);
      const known = (inputs: Record<string, unknown>) =>
        ((inputs.hosts as { host: string }[] | undefined) ?? []).map(({ host }) => host);
      for (const container of there.filter(({ name }) => /-\d+$/.test(name))) {
        const unknown = toldNames(container, files).filter((name) => !known(container.inputs).includes(name));
        assert.deepEqual([...new Set(unknown)], [], container.name);
      }
    });
  }

  test(`${system}: what keeps data or shares files stays`, () => {
    const certified = { tls: true, domain: "example.org" };
    for (const service of Object.keys(rowsOf(systems[system], { watched: false, backed: false })).filter(
      (name) => !may.includes(name),
    )) {
      assert.throws(
        () => parseSettings({ system, host: server, ...certified, placement: { [service]: "gpu" } }),
        new SettingsError([
          `placement.${service}: must be left out: it stays on the stack's own machine, with its data or the files it shares, got "gpu"`,
        ]),
      );
    }
  });
}

test("all that may be placed can be, together", async () => {
  const graph = await placed("existing", "vru", placeable(systems.vru));
  assert.deepEqual(published(resourcesOn(graph, "existing")), [
    "nginx 0.0.0.0:80",
    "postgres 10.0.0.4:5432",
    "redis 10.0.0.4:6379",
  ]);
  assert.equal(published(resourcesOn(graph, "gpu")).length, 5);
});

test("without placement nothing but the web is published, and no machine has other names", async () => {
  const graph = await stackOn("existing", "vru");
  assert.deepEqual(published(containers(graph)), ["nginx 0.0.0.0:80"]);
});

test("the ways between two machines are those of the services placed, and a rule stays for all that may be", () => {
  const { hosts, host } = machines.existing;
  const config = { system: "vru", host: { ...server, ...host }, hosts };
  const one = parseSettings({ ...config, placement: { "ml-engine": "gpu" } });
  assert.deepEqual(waysOf(one, "gpu"), { there: { "ml-engine": 8001 }, back: { redis: 6379 } });
  const two = parseSettings({ ...config, placement: { "ml-engine": "gpu", "validation-engine": "gpu" } });
  assert.deepEqual(waysOf(two, "gpu"), {
    there: { "ml-engine": 8001, "validation-engine": 8003 },
    back: { redis: 6379, postgres: 5432, "camera-service": 8002 },
  });
  assert.deepEqual(innerPorts(one), [3000, 5432, 6379, 8000, 8001, 8002, 8003]);
});

test("a service that answers nothing needs no entry", async () => {
  const graph = await placed("existing", "attn", ["face-recognition"]);
  assert.deepEqual(published(resourcesOn(graph, "gpu")), []);
  assert.deepEqual(published(resourcesOn(graph, "existing")), [
    "attn_redis 10.0.0.4:6379",
    "main-app-nginx 0.0.0.0:80",
  ]);
});

const idle =
  'hosts.gpu: must have a service placed on it, as in placement: { <service>: gpu }, got {"kind":"existing","address":"ops@203.0.113.31","hostKey":"ssh-ed25519 AAAAC3...';

const wrong: [name: string, config: Record<string, unknown>, problems: string[]][] = [
  [
    "a laptop is one machine",
    { host: { kind: "local" }, hosts: { gpu: { kind: "local" } }, placement: { "ml-engine": "gpu" } },
    [
      `hosts: must be left out on host kind local, which is one machine; hosts of kind ${kindsWith(({ beside }) => beside !== undefined)} can have others beside them, got {"gpu":{"kind":"local"}}`,
    ],
  ],
  [
    "a machine that nothing names",
    { placement: { "ml-engine": "gpux" } },
    ['placement.ml-engine: must be one of the machines that hosts names: gpu, got "gpux"'],
  ],
  [
    "a service that isn't there",
    { placement: { engine: "gpu" } },
    [
      `placement.engine: unknown key; known: ${Object.keys(rowsOf(systems.vru, { certified: false, backed: false })).join(", ")}`,
      idle,
    ],
  ],
  ["a machine with nothing on it", { placement: {} }, [idle]],
  [
    "machines without a network of their own",
    { host: server },
    [
      'host.privateAddress: must be its address on the network that the machines share, such as "10.0.0.5", got nothing',
    ],
  ],
  [
    "another kind",
    { hosts: { gpu: { ...machines.existing.hosts.gpu, kind: "gce" } } },
    ['hosts.gpu.kind: must be one of existing, got "gce"'],
  ],
  [
    "a name that is a kind's",
    { hosts: { gce: machines.existing.hosts.gpu }, placement: { "ml-engine": "gce" } },
    [
      `hosts.gce: must be a name of lower-case letters, digits and dashes, at most 19, and not sg-… or ${hostKinds.map(({ name }) => name).join(", ")}`,
    ],
  ],
  [
    "a mistake of its own",
    { hosts: { gpu: { ...machines.existing.hosts.gpu, address: "203.0.113.31" } } },
    [
      'hosts.gpu.address: must be a user and a name or address such as "ops@203.0.113.7" or "ops@app.example.org:2222", got "203.0.113.31"',
    ],
  ],
  [
    "a mistake of the first machine is said once",
    { host: { ...server, privateAddress: "10.0.0.4", jump: "bastion" } },
    [
      'host.jump: must be a user and a name or address such as "ops@203.0.113.7" or "ops@app.example.org:2222", got "bastion"',
    ],
  ],
  [
    "a public address beside the public's own",
    { hosts: { gpu: { ...machines.existing.hosts.gpu, publicAddress: "gpu.example.org" } } },
    [
      'hosts.gpu.publicAddress: must be left out: the public comes in at the stack\'s own machine, got "gpu.example.org"',
    ],
  ],
];
for (const [name, config, problems] of wrong) {
  test(`${name} is refused`, () => {
    const valid = {
      system: "vru",
      host: { ...server, ...machines.existing.host },
      hosts: machines.existing.hosts,
      placement: { "ml-engine": "gpu" },
    };
    assert.throws(() => parseSettings({ ...valid, ...config }), new SettingsError(problems));
  });
}

test("on the clouds a second machine is in the first one's region", () => {
  const gce = { kind: "gce", project: "my-project", zone: "europe-west4-a", ssh: { publicKeys: [] } };
  const publicKeys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHUeGdZWZ0m8zq9f3Vq6Qd1y0m7b3xv0y1r2s3t4u5v6"];
  const host = { ...gce, ssh: { publicKeys } };
  const config = { system: "vru", host, placement: { "ml-engine": "gpu" } };
  const zone = (name: string) => parseSettings({ ...config, hosts: { gpu: { zone: name } } });
  assert.equal((zone("europe-west4-b").hosts.gpu as { zone: string }).zone, "europe-west4-b");
  assert.throws(
    () => zone("us-east1-b"),
    new SettingsError(['hosts.gpu.zone: must be in region europe-west4, as host.zone is, got "us-east1-b"']),
  );
});
