import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { judge } from "../../policy/rules.ts";
import { parseSettings, SettingsError } from "../../settings.ts";
import { stackOn } from "./anyStack.ts";
import { gceLeast } from "./cloudSettings.ts";
import type { Registered } from "./harness.ts";
import { capacity, server, three } from "./swarmSettings.ts";

/** Option of an overlay that has its number. */
const vxlan = "com.docker.network.driver.overlay.vxlanid_list";

const graph = await stackOn("existing", "loc8", three);

/** Names of what runs on the machine of this name. */
function containersOn(machine: string): string[] {
  const { urn, name } = graph.the("pulumi:providers:docker", machine);
  return graph
    .ofType("docker:index/container:Container")
    .filter(({ options }) => options.provider === `${urn}::${name}-id`)
    .map((each) => each.name)
    .toSorted();
}

function specOf({ inputs }: Registered): Record<string, unknown> {
  return (inputs.taskSpec as { containerSpec: Record<string, unknown> }).containerSpec;
}

describe("LOC8 on three servers as one swarm", () => {
  test("its applications are services of the swarm, and what keeps data is on the stack's own machine", () => {
    assert.deepEqual(
      graph.ofType("docker:index/service:Service").map(({ name }) => name),
      ["backend", "frontend"],
    );
    const first = containersOn("existing");
    assert.ok(first.includes("postgres") && first.includes("redis") && first.includes("nginx"), first.join());
    assert.deepEqual(
      first.filter((name) => name.startsWith("backend") || name.startsWith("frontend")),
      [],
    );
  });

  test("the others have a proxy each and no more, which the public reaches as it does the first", () => {
    for (const name of ["two", "three"]) {
      const own = `nginx-${name}`;
      assert.deepEqual(containersOn(name), [own, `${own}-files`, `${own}-release`, `${own}-release-files`]);
      const { inputs } = graph.the("docker:index/container:Container", own);
      assert.deepEqual(
        (inputs.ports as { ip: string; external: number }[]).map(({ ip, external }) => `${ip}:${external}`),
        ["0.0.0.0:80"],
      );
    }
  });

  test("each proxy leads to all containers of a service by its name", () => {
    const files = graph.ofType("docker:index/container:Container").flatMap(({ inputs }) => {
      return (inputs.uploads as { file: string; content: string }[] | undefined) ?? [];
    });
    const public3 = files
      .filter(({ file, content }) => file.endsWith("/nginx.conf") && /listen 80[ ;]/.test(content))
      .map(({ content }) => content);
    assert.equal(public3.length, 3);
    for (const text of public3)
      assert.match(text, /server tasks\.backend-0f1e2d3:8000 resolve max_fails=3 fail_timeout=2s;/);
  });

  test("a service starts new containers first, waits for their health, and goes back where they fail", () => {
    const { inputs } = graph.the("docker:index/service:Service", "backend");
    assert.deepEqual(inputs.updateConfig, {
      parallelism: 1,
      order: "start-first",
      monitor: "5s",
      delay: "0s",
      maxFailureRatio: "0.5",
      failureAction: "rollback",
    });
    assert.deepEqual(inputs.mode, { replicated: { replicas: 2 } });
    assert.deepEqual(inputs.endpointSpec, { mode: "dnsrr" });
    const spec = specOf(graph.the("docker:index/service:Service", "backend"));
    assert.equal(spec.user, "1000:1000");
    assert.equal(spec.readOnly, true);
    assert.deepEqual(spec.capDrops, ["ALL"]);
    assert.equal(spec.stopGracePeriod, "35s");
    assert.ok((spec.healthcheck as { tests: string[] }).tests.length > 0);
  });

  test("an image that nobody can ask by a program of its own is asked by one that each machine has", async () => {
    const probed = await stackOn("existing", "loc8", {
      ...three,
      override: { frontend: { health: "http" } },
    });
    const { inputs } = probed.the("docker:index/service:Service", "frontend");
    const { mounts } = (inputs.taskSpec as { containerSpec: { mounts: Record<string, unknown>[] } })
      .containerSpec;
    const volumes = ["probe", "two-probe", "three-probe"].map((name) =>
      probed.the("docker:index/volume:Volume", name),
    );
    const source = mounts[0]?.source;
    assert.deepEqual(mounts[0], { type: "volume", source, target: "/run/berth-probe", readOnly: true });
    // The first has a name of the engine's, and the others that one.
    const named = volumes.map(({ inputs: { name } }) => name);
    assert.deepEqual(named, [undefined, source, source]);
    // One that is named can't be made anew beside itself: a new image of the probe changes the first's name, and so all.
    const marked = volumes.map(({ inputs: { labels } }) =>
      (labels as { label: string }[]).some(({ label }) => label === "berth.hash"),
    );
    assert.deepEqual(marked, [true, false, false]);
    const providers = new Set(volumes.map(({ options }) => options.provider));
    assert.equal(providers.size, 3, [...providers].join());
  });

  test("one whose programs in memory may run is still on any machine, and what Docker leaves of it is swept", async () => {
    const writing = await stackOn("existing", "loc8", {
      ...three,
      override: { backend: { writable: ["/srv/cache"], tmpfs: { "/tmp": 128 } } },
    });
    const service = writing.the("docker:index/service:Service", "backend");
    const mounts = specOf(service).mounts as { target: string; type: string; volumeOptions?: object }[];
    assert.deepEqual(
      mounts.map(({ target, type }) => [target, type]),
      [
        ["/tmp", "tmpfs"],
        ["/srv/cache", "volume"],
      ],
    );
    assert.deepEqual(mounts[1]?.volumeOptions, {
      driverName: "local",
      driverOptions: {
        ...{ type: "tmpfs", device: "tmpfs" },
        o: "nosuid,nodev,size=64m,mode=1777,uid=1000,gid=1000",
      },
      noCopy: true,
      labels: Object.entries({ system: "loc8", stack: "prod", service: "backend", role: "scratch" }).map(
        ([label, value]) => ({ label: `berth.${label}`, value }),
      ),
    });
    const { inputs } = writing.the("command:local:Command", "backend-stop");
    for (const script of [inputs.create, inputs.delete])
      assert.match(String(script), /^swept='backend'\nmembers='member_0 member_1 member_2'$/m);
    const other = writing.the("command:local:Command", "frontend-stop");
    assert.equal(other.inputs.create, undefined);
  });

  test("other mounts are another service, which is there before the one before it goes", () => {
    for (const name of ["backend", "frontend"]) {
      const { options, inputs } = graph.the("docker:index/service:Service", name);
      assert.deepEqual(options.replaceOnChanges, ["taskSpec.containerSpec.mounts"]);
      assert.notEqual(options.deleteBeforeReplace, true);
      assert.equal(inputs.name, undefined, "its name is the engine's, and another's is another");
    }
  });

  test("its passwords are secrets of the swarm, in no variable, and in state as secrets alone", () => {
    const secrets = graph.ofType("docker:index/secret:Secret");
    assert.deepEqual(secrets.map(({ name }) => name).toSorted(), [
      "backend-files-database_url",
      "backend-files-redis_url",
    ]);
    for (const { secrets: hidden, name } of secrets) assert.ok(hidden.includes("data"), name);
    const spec = specOf(graph.the("docker:index/service:Service", "backend"));
    assert.ok(!JSON.stringify(spec.env).includes("S3cr3t"));
    assert.deepEqual(
      (spec.secrets as { fileName: string; fileUid: string; fileMode: number }[])
        .map(({ fileName, fileUid, fileMode }) => `${fileName} ${fileUid} ${fileMode.toString(8)}`)
        .toSorted(),
      ["/etc/berth/database_url 1000 400", "/etc/berth/redis_url 1000 400"],
    );
  });

  test("the network is an overlay, encrypted, which waits for all to have joined", () => {
    const { inputs } = graph.the("docker:index/network:Network");
    assert.equal(inputs.driver, "overlay");
    assert.equal(inputs.attachable, true);
    const { [vxlan]: number, ...options } = inputs.options as Record<string, string>;
    assert.deepEqual(options, { encrypted: "" });
    assert.ok(Number(number) >= 0x100000 && Number(number) < 2 ** 24, number);
    assert.deepEqual(
      graph.ofType("command:local:Command").map(({ name }) => name),
      [
        "swarm",
        "swarm-two",
        "swarm-three",
        "swarm-two-tidy",
        "swarm-three-tidy",
        "backend-stop",
        "frontend-stop",
      ],
    );
  });

  test("a service's containers are stopped before it is deleted, and nothing is done when it is made", () => {
    for (const name of ["backend", "frontend"]) {
      const service = graph.the("docker:index/service:Service", name);
      const { inputs, options } = graph.the("command:local:Command", `${name}-stop`);
      assert.deepEqual(Object.keys(inputs).sort(), ["delete", "logging", "triggers"]);
      assert.match(String(inputs.delete), new RegExp(`^service='${name}-0f1e2d3'$`, "m"));
      assert.ok(options.dependsOn.includes(service.urn), options.dependsOn.join());
    }
  });

  test("where all goes, services are gone before what else is on a machine is removed there", () => {
    for (const machine of ["two", "three"]) {
      const tidy = graph.the("command:local:Command", `swarm-${machine}-tidy`);
      for (const service of graph.ofType("docker:index/service:Service"))
        assert.ok(service.options.dependsOn.includes(tidy.urn), `${service.name}, ${machine}`);
      const network = graph.the("docker:index/network:Network");
      assert.ok(tidy.options.dependsOn.includes(network.urn));
    }
    const [two, three] = ["two", "three"].map((machine) =>
      graph.the("command:local:Command", `swarm-${machine}-tidy`),
    );
    assert.ok(three?.options.dependsOn.includes(two?.urn ?? ""), "one after the other");
  });

  test("of one machine it is one that others may join", async () => {
    const alone = await stackOn("existing", "loc8", { ...three, hosts: {} });
    assert.deepEqual(
      alone
        .ofType("docker:index/service:Service")
        .map(({ name }) => name)
        .toSorted(),
      ["backend", "frontend"],
    );
    assert.equal(alone.the("docker:index/network:Network").inputs.driver, "overlay");
  });

  test("encryption is off where a setting says so", async () => {
    const plain = await stackOn("existing", "loc8", { ...three, swarm: { encrypted: false } });
    const { options } = plain.the("docker:index/network:Network").inputs;
    assert.deepEqual(Object.keys(options as object), [vxlan]);
  });

  test("packets are as large as a setting says, on a network of another number", async () => {
    const narrow = await stackOn("existing", "loc8", { ...three, swarm: { mtu: 1420 } });
    const optionsOf = (one: typeof graph) =>
      one.the("docker:index/network:Network").inputs.options as Record<string, string>;
    const { [vxlan]: number, ...options } = optionsOf(narrow);
    assert.deepEqual(options, { encrypted: "", "com.docker.network.driver.mtu": "1420" });
    assert.notEqual(number, optionsOf(graph)[vxlan]);
  });

  test("where the network is made anew each service lets go of it before", () => {
    const { name } = graph.the("docker:index/network:Network");
    for (const { inputs } of graph
      .ofType("command:local:Command")
      .filter((one) => one.name.endsWith("-stop")))
      assert.ok((inputs.triggers as string[]).includes(`${name}-id`), JSON.stringify(inputs.triggers));
  });

  test("the policy pack finds nothing in it, and what a setting loosens is told", async () => {
    const facts = ({ resources }: typeof graph) =>
      resources.map(({ type, name, inputs, options }) => {
        return { type, name, props: inputs, protect: options.protect === true };
      });
    assert.deepEqual(judge(facts(graph)), []);
    const override = { backend: { readOnlyRoot: false, capabilities: ["CHOWN"] } };
    const loose = await stackOn("existing", "loc8", { ...three, override });
    const service = "docker:index/service:Service backend";
    assert.deepEqual(
      judge(facts(loose)).filter((line) => line.includes(":Service ")),
      [
        `loosened: ${service}: readOnly: is false, so it may change its image's files`,
        `loosened: ${service}: capabilities.adds: holds ["CAP_CHOWN"]`,
      ],
    );
  });

  test("a record a machine is left to the domain's owner, by the address where the public reaches it", async () => {
    const named = await stackOn("existing", "loc8", {
      ...three,
      domains: ["app.example.org", "www.example.org"],
      hosts: { two: { ...server(31), publicAddress: "198.51.100.31" }, three: server(32) },
    });
    const addresses = ["203.0.113.30", "198.51.100.31", "203.0.113.32"];
    assert.deepEqual(
      named.outputs.records,
      addresses.flatMap((value) =>
        ["app.example.org", "www.example.org"].map((name) => ({ name, type: "A", value })),
      ),
    );
  });

  test("a server that has a name instead of an address has no record beside others'", async () => {
    const named = await stackOn("existing", "loc8", {
      ...three,
      domains: ["app.example.org"],
      hosts: { two: { ...server(31), publicAddress: "two.example.net" } },
    });
    assert.deepEqual(named.outputs.records, [{ name: "app.example.org", type: "A", value: "203.0.113.30" }]);
  });

  test("a service that is placed runs on that machine alone, by the same manager", async () => {
    const placed = await stackOn("existing", "loc8", { ...three, placement: { backend: "two" } });
    const services = ["backend", "frontend"].map((name) => placed.the("docker:index/service:Service", name));
    assert.deepEqual(
      services.map(({ inputs }) => (inputs.taskSpec as { placement?: object }).placement),
      [
        { constraints: ["node.labels.berth.machine==two"] },
        { constraints: ["node.labels.berth.stack==prod"] },
      ],
    );
    assert.equal(new Set(services.map(({ options }) => options.provider)).size, 1);
    assert.equal(placed.ofType("docker:index/network:Network").length, 1);
    assert.deepEqual(placed.ofType("docker:index/service:Service").length, 2);
  });

  test("machines that a number makes may have something placed on them too", () => {
    const given = (machine: string) =>
      parseSettings({ system: "loc8", host: { ...gceLeast, machines: 3 }, placement: { backend: machine } });
    assert.deepEqual(given("machine-3").placement, { backend: "machine-3" });
    assert.throws(() => given("machine-4"), {
      message:
        'placement.backend: must be one of the machines that hosts names: machine-2, machine-3, got "machine-4"',
    });
  });

  test("one with a GPU is a container of the machine that has it, on the same network", async () => {
    const gpu = { ...server(33), capacity: { ...capacity, gpus: 1 } };
    const placed = await stackOn("existing", "vru", {
      ...three,
      hosts: { ...three.hosts, gpu },
      placement: { "ml-engine": "gpu" },
    });
    const { urn, name } = placed.the("pulumi:providers:docker", "gpu");
    const engine = placed
      .ofType("docker:index/container:Container")
      .filter((each) => each.name.startsWith("ml-engine") && each.inputs.gpus === "all");
    assert.ok(engine.length > 0);
    for (const { options, inputs } of engine) {
      assert.equal(options.provider, `${urn}::${name}-id`);
      assert.equal(inputs.ports, undefined);
    }
    assert.equal(placed.ofType("docker:index/network:Network").length, 1);
    // The proxy alone offers ports there: nobody answers for the service, as between neighbours.
    const offering = placed
      .ofType("docker:index/container:Container")
      .filter(
        ({ options, inputs }) => options.provider === `${urn}::${name}-id` && inputs.ports !== undefined,
      );
    assert.deepEqual(
      offering.map((each) => each.name),
      ["nginx-gpu"],
    );
  });

  test("limits of a service that is placed fit that server, and take no room elsewhere", async () => {
    const uneven = await stackOn("existing", "loc8", {
      ...three,
      hosts: { two: { ...server(31), capacity: { cpus: 1, memory: 2048, gpus: 0 } }, three: server(32) },
      limits: { backend: { cpus: 4, memory: 2048 } },
      replicas: { backend: 4 },
      placement: { backend: "three" },
    });
    const { taskSpec } = uneven.the("docker:index/service:Service", "backend").inputs;
    const { limits } = (taskSpec as { resources: { limits: Record<string, number> } }).resources;
    assert.deepEqual(limits, { nanoCpus: 4e9, memoryBytes: 2048 * 1024 * 1024 });
  });

  test("limits of what runs anywhere fit the smallest server, and what keeps data fits the first", async () => {
    const uneven = await stackOn("existing", "loc8", {
      ...three,
      hosts: { two: { ...server(31), capacity: { cpus: 1, memory: 2048, gpus: 0 } }, three: server(32) },
      limits: { backend: { cpus: 4, memory: 2048 }, postgres: { cpus: 4, memory: 4096 } },
      replicas: { backend: 4 },
    });
    const { taskSpec } = uneven.the("docker:index/service:Service", "backend").inputs;
    const { limits } = (taskSpec as { resources: { limits: Record<string, number> } }).resources;
    assert.equal(limits.nanoCpus, 1e9);
    // Two of its four are there when one of three is gone.
    assert.ok(2 * (limits.memoryBytes ?? 0) < 2048 * 0.9 * 1024 * 1024);
    const { cpus, memory } = uneven.the("docker:index/container:Container", "postgres").inputs;
    assert.deepEqual([cpus, memory], ["4.0", 4096]);
    const proxies = ["nginx", "nginx-two", "nginx-three"].map(
      (name) => uneven.the("docker:index/container:Container", name).inputs.memory as number,
    );
    assert.ok(new Set(proxies).size === 1 && (proxies[0] ?? 0) < 128, proxies.join());
  });

  test("a server that is too small for its share is named, before anything is made", async () => {
    const tiny = { ...server(31), capacity: { cpus: 1, memory: 256, gpus: 0 } };
    await assert.rejects(
      stackOn("existing", "loc8", { ...three, hosts: { two: tiny } }),
      /^SettingsError: limits: must leave each service its least memory, \d+ MiB in all, got machine two with 230 MiB for containers$/,
    );
  });

  test("nothing is an orphan", () => {
    assert.deepEqual(graph.orphans(), []);
  });
});

describe("its certificate from a CA", async () => {
  const certified = await stackOn("existing", "loc8", { ...three, domain: "loc8.example.org", tls: true });
  const uploads = (name: string) => {
    const { inputs } = certified.the("docker:index/container:Container", name);
    const files = inputs.uploads as { file: string; content: string }[];
    return Object.fromEntries(files.map(({ file, content }) => [file.replace(/^.*\//, ""), content]));
  };

  test("is got on the first machine alone, whichever the CA asks", () => {
    const got = certified.ofType("docker:index/container:Container").map(({ name }) => name);
    assert.deepEqual(
      got.filter((name) => name === "certificates" || name.startsWith("certificates-two")),
      ["certificates"],
    );
    assert.match(
      uploads("nginx-release-files")["nginx.conf"] ?? "",
      /alias \/run\/certificates\/challenges\/;/,
    );
    for (const other of ["nginx-two", "nginx-three"]) {
      const conf = uploads(`${other}-release-files`)["nginx.conf"] ?? "";
      assert.match(conf, /set \$challenge_host nginx;/);
      assert.doesNotMatch(conf, /listen 8097|run\/certificates/);
    }
  });

  test("comes to the others by a login that is in no configuration, in no command, and secret in state", () => {
    assert.ok(certified.the("random:index/randomPassword:RandomPassword", "nginx-handing"));
    const result = "S3cr3t".repeat(20).slice(0, 32);
    const lines = `"Bearer ${result}" 1;\n`;
    assert.equal(uploads("nginx-files")["handing.conf"], lines);
    assert.equal(uploads("nginx-release-files")["handing.conf"], lines);
    for (const other of ["nginx-two", "nginx-three"]) {
      assert.equal(uploads(`${other}-files`)["handing.header"], `Authorization: Bearer ${result}\n`);
      assert.equal(uploads(`${other}-files`)["handing.conf"], undefined);
    }
    for (const { name, inputs, secrets } of certified.ofType("docker:index/container:Container")) {
      const { uploads: files = [], ...rest } = inputs;
      assert.ok(!JSON.stringify(rest).includes(result), name);
      if (JSON.stringify(files).includes(result))
        assert.ok(
          secrets.some((path) => path.startsWith("uploads")),
          name,
        );
    }
  });
});

describe("a swarm that can't be", () => {
  const own = { kind: "existing", ...server(30) };
  const refused = (config: Record<string, unknown>, problems: string[]) => {
    assert.throws(
      () => parseSettings({ system: "loc8", swarm: true, ...config }),
      new SettingsError(problems),
    );
  };

  test("of another kind of host, with placement elsewhere, of nonsense", () => {
    refused({ host: { kind: "local" } }, [
      "swarm: must be false on host kind local; hosts of kind existing, gce and ec2 can be a swarm, got true",
    ]);
    refused({ host: own, hosts: { two: server(31) }, placement: { backend: "three", postgres: "two" } }, [
      'placement.backend: must be one of the machines that hosts names: two, got "three"',
      'placement.postgres: must be left out: it stays on the stack\'s own machine, with its data or the files it shares, got "two"',
    ]);
    refused({ host: own, hosts: { two: server(31) }, swarm: "yes" }, [
      'swarm: must be true, false, or a map such as { encrypted: false }, got "yes"',
    ]);
    refused({ host: own, hosts: { two: server(31) }, swarm: { encrypted: "yes" } }, [
      'swarm.encrypted: must be true or false, got "yes"',
    ]);
    for (const mtu of [1279, 9002, 1420.5, "wide"])
      refused({ host: own, hosts: { two: server(31) }, swarm: { mtu } }, [
        `swarm.mtu: must be a whole number from 1280 to 9001, got ${JSON.stringify(mtu)}`,
      ]);
  });
});
