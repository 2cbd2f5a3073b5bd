import assert from "node:assert/strict";
import { test } from "vitest";
import { systemNames } from "../../systems/index.ts";
import type { Registered } from "./harness.ts";
import { laptop, localStack } from "./localStack.ts";
import { checkScript } from "../../services/postgres/postgres.check.ts";

const containerType = "docker:index/container:Container";

function label(resource: Registered, key: string): unknown {
  const labels = resource.inputs.labels as { label: string; value: string }[];
  return labels.find((each) => each.label === `berth.${key}`)?.value;
}

/** Services of which there is one at a time. */
function once(names: string[]): Record<string, boolean> {
  return Object.fromEntries(names.map((name) => [name, true]));
}

/** Containers in which a process ever runs; the others only carry files into volumes. */
function running(resources: readonly Registered[]): Registered[] {
  return resources.filter(({ type, inputs }) => type === containerType && inputs.start !== false);
}

for (const system of systemNames) {
  const graph = await localStack({ system });
  const containers = running(graph.resources);

  test(`${system}: every resource belongs to a component`, () => {
    assert.deepEqual(graph.orphans(), []);
  });

  test(`${system}: every container runs hardened`, () => {
    assert.ok(containers.length > 4);
    for (const { name, inputs } of containers) {
      assert.match(String(inputs.user), /^[1-9]\d*:[1-9]\d*$/, name);
      assert.deepEqual(inputs.capabilities, { drops: ["ALL"] }, name);
      assert.deepEqual(inputs.securityOpts, ["no-new-privileges:true"], name);
      assert.equal(inputs.readOnly, true, name);
      assert.equal(inputs.privileged, false, name);
      assert.ok(Number(inputs.memory) >= 32, name);
      assert.equal(inputs.memorySwap, inputs.memory, name);
      assert.ok(Number(inputs.cpus) > 0, name);
      assert.deepEqual(inputs.ulimits, [{ name: "nproc", soft: 1024, hard: 1024 }], name);
      assert.equal(inputs.logDriver, "local", name);
      // What reads files or comes by a socket reaches nobody; nothing is on Docker's own network.
      if (inputs.networkMode === "none") assert.equal(inputs.networksAdvanced, undefined, name);
      else assert.equal((inputs.networksAdvanced as unknown[]).length, 1, name);
    }
  });

  test(`${system}: a service with a user of its own writes no file that outlives it`, () => {
    const own = containers.filter(({ inputs }) => /^1\d{4}:10001$/.test(String(inputs.user)));
    for (const { name, inputs } of own) {
      const mounts = inputs.mounts as { target: string; readOnly: boolean }[];
      if (inputs.user === "10001:10001") assert.ok(mounts.length > 1, `${name} could have one of its own`);
      else
        assert.deepEqual(
          mounts.map(({ target, readOnly }) => `${target} ${readOnly}`),
          ["/etc/berth true"],
          name,
        );
    }
  });

  test(`${system}: every service is asked for its health and restarted, every job runs once`, () => {
    for (const container of containers) {
      const { name, inputs } = container;
      if (label(container, "role") === "job") {
        assert.deepEqual([inputs.restart, inputs.mustRun, inputs.attach], ["no", false, true], name);
      } else {
        assert.deepEqual([inputs.restart, inputs.mustRun, inputs.wait], ["unless-stopped", true, true], name);
        assert.ok((inputs.healthcheck as { tests: string[] }).tests.length > 1, name);
      }
    }
  });

  test(`${system}: every container stops with grace and is made anew after a failed start`, () => {
    for (const { name, inputs, options } of containers) {
      assert.ok(Number(inputs.destroyGraceSeconds) >= 30, name);
      assert.equal(inputs.destroyGraceSeconds, inputs.stopTimeout, name);
      assert.deepEqual(options.replaceOnChanges.slice(0, 2), ["#initerror", "healthcheck"], name);
    }
  });

  test(`${system}: only the proxy publishes, one port on loopback`, () => {
    const published = graph
      .ofType(containerType)
      .flatMap(({ inputs }) => (inputs.ports as unknown[] | undefined) ?? []);
    assert.deepEqual(published, [{ ip: "127.0.0.1", external: 8080, internal: 80 }]);
  });

  test(`${system}: everything the engine holds says whose it is`, () => {
    for (const resource of graph.resources.filter(({ type }) => type.startsWith("docker:index"))) {
      for (const key of ["service", "role", "hash"])
        assert.ok(label(resource, key), `${resource.name} ${key}`);
      assert.equal(label(resource, "system"), system, resource.name);
      assert.equal(label(resource, "stack"), "dev", resource.name);
    }
  });

  test(`${system}: stateless containers come create-first, stateful ones delete-first`, () => {
    const first = Object.fromEntries(
      containers
        .filter((container) => label(container, "role") === "service")
        .map(({ name, options }) => [name.replace(/-\d+$/, ""), options.deleteBeforeReplace]),
    );
    const expected = {
      attn: {
        "main-app-nginx": true,
        "microservice-nginx": true,
        attn_postgres: true,
        attn_redis: true,
        attn_backend_api: false,
        "api-gateway": false,
        "face-recognition": false,
      },
      loc8: { nginx: true, postgres: true, redis: true, backend: false, frontend: false },
      arv: {
        nginx: true,
        postgres: true,
        redis: true,
        minio: true,
        "celery-beat": true,
        app: false,
        "celery-markers": false,
        "celery-notifications": false,
        "celery-default": false,
      },
      docsai: { nginx: true, postgres: true, app: false },
      vru: {
        ...once(["nginx", "postgres", "redis", "prometheus", "alertmanager", "grafana", "cadvisor"]),
        ...once(["node-exporter", "postgres-exporter", "redis-exporter", "nginx-exporter"]),
        "api-gateway": false,
        "ml-engine": false,
        "camera-service": false,
        "validation-engine": false,
        frontend: false,
      },
    };
    assert.deepEqual(first, expected[system]);
  });

  test(`${system}: passwords are secret, data is protected and kept`, () => {
    for (const password of graph.ofType("random:index/randomPassword:RandomPassword")) {
      assert.ok(password.options.additionalSecretOutputs.includes("result"), password.name);
      // Those of what watches unlock no data.
      assert.equal(password.options.protect, !/monitoring|grafana/.test(password.name), password.name);
    }
    const data = graph
      .ofType("docker:index/volume:Volume")
      .filter((volume) => label(volume, "role") === "data");
    assert.equal(data.length > 0, system !== "vru", "VRU's is in folders of the machine");
    for (const { name, options } of data) {
      assert.deepEqual([options.protect, options.retainOnDelete], [true, true], name);
    }
  });

  test(`${system}: a secret travels as a file and nowhere else`, () => {
    const places = graph.resources.flatMap(({ name, secrets }) => secrets.map((path) => `${name} ${path}`));
    assert.ok(places.length >= 4);
    for (const place of places) assert.match(place, / uploads\.\d+\.content$/);
  });
}

test("attn: the microservice comes up after the main application and publishes nothing", async () => {
  const graph = await localStack({ system: "attn" });
  for (const name of ["api-gateway-1", "api-gateway-2", "face-recognition-1", "microservice-nginx"]) {
    const { dependsOn } = graph.the(containerType, name).options;
    for (const replica of ["attn_backend_api-1", "attn_backend_api-2"]) {
      assert.ok(dependsOn.includes(graph.the(containerType, replica).urn), `${name} waits for ${replica}`);
    }
  }
  assert.equal(graph.the("docker:index/network:Network").inputs.name, "attn_shared_network");
  assert.equal(graph.the(containerType, "microservice-nginx").inputs.ports, undefined);
});

test("loc8: replicas by one setting, each of them in the proxy's configuration", async () => {
  const graph = await localStack({ system: "loc8", replicas: { backend: 3 } });
  const [upload] = graph.the(containerType, "nginx-release-files").inputs.uploads as { content: string }[];
  assert.ok(upload);
  for (const replica of ["backend-1", "backend-2", "backend-3"]) {
    const { name } = graph.the(containerType, replica);
    assert.match(upload.content, new RegExp(`server ${name}[^ ]*:8000 resolve`));
  }
});

test("loc8: database and cache are switched by settings", async () => {
  const graph = await localStack({ system: "loc8", optional: { postgres: false, redis: false } });
  const services = new Set(running(graph.resources).map((container) => label(container, "service")));
  assert.deepEqual(services, new Set(["nginx", "frontend", "backend"]));
  const env = graph.the(containerType, "backend-1").inputs.envs as string[];
  assert.deepEqual(
    env.filter((variable) => /DATABASE|REDIS/.test(variable)),
    [],
  );
});

test("docsai: each container has a socket of its own in the proxy's configuration", async () => {
  const graph = await localStack({ system: "docsai", replicas: { app: 3 } });
  const [upload] = graph.the(containerType, "nginx-release-files").inputs.uploads as { content: string }[];
  const sockets = upload?.content.match(/server unix:\/run\/app\/[0-9a-f]{12}\.sock/g) ?? [];
  assert.equal(new Set(sockets).size, 3);
  for (const name of ["app-1", "app-2", "app-3"]) {
    const { inputs } = graph.the(containerType, name);
    const mounts = inputs.mounts as { target: string; source: string; readOnly: boolean }[];
    assert.deepEqual(
      mounts.filter(({ readOnly }) => !readOnly).map(({ target }) => target),
      ["/var/www/static", "/var/www/media", "/run/app"],
    );
  }
  const mounts = graph.the(containerType, "nginx").inputs.mounts as { target: string; readOnly: boolean }[];
  const readOnly = Object.fromEntries(mounts.map((mount) => [mount.target, mount.readOnly]));
  assert.deepEqual(
    [readOnly["/run/app"], readOnly["/var/www/static"], readOnly["/var/www/media"]],
    [true, true, true],
  );
});

test("docsai: check, then migration and static files, then the application", async () => {
  const graph = await localStack({ system: "docsai" });
  const commands = ["app-check", "app-migration", "app-static"].map(
    (job) => graph.the(containerType, job).inputs.command,
  );
  assert.deepEqual(commands, [
    ["python", "manage.py", "check", "--deploy", "--fail-level", "ERROR"],
    ["python", "manage.py", "migrate", "--noinput"],
    ["python", "manage.py", "collectstatic", "--noinput"],
  ]);
});

test("docsai: the host's address and the domain are the hosts Django answers for", async () => {
  const graph = await localStack({ system: "docsai", domain: "docs.example.org" });
  const env = graph.the(containerType, "app-1").inputs.envs as string[];
  assert.ok(env.includes("ALLOWED_HOSTS=127.0.0.1,docs.example.org,localhost,app"), env.join(" "));
});

test("arv: a pool of workers for each queue, each with its own count, and one beat", async () => {
  const replicas = { "celery-markers": 3, "celery-default": 2 };
  const graph = await localStack({ system: "arv", replicas });
  const pools = running(graph.resources)
    .filter(({ name }) => name.startsWith("celery-"))
    .map(({ name, inputs }) => {
      const words = inputs.command as string[];
      return `${name} ${words.includes("beat") ? "beat" : (words[words.indexOf("--queues") + 1] ?? "")}`;
    });
  assert.deepEqual(pools.sort(), [
    "celery-beat beat",
    "celery-default-1 default",
    "celery-default-2 default",
    "celery-markers-1 markers",
    "celery-markers-2 markers",
    "celery-markers-3 markers",
    "celery-notifications-1 notifications",
  ]);
});

test("arv: the database is sized by its memory, and the cache as its document says", async () => {
  const graph = await localStack({ system: "arv", limits: { postgres: { memory: 2048 } } });
  const flags = graph.the(containerType, "postgres").inputs.command as string[];
  assert.ok(flags.includes("shared_buffers=512MB"), flags.join(" "));
  assert.ok(flags.includes("effective_cache_size=1365MB"), flags.join(" "));
  const uploads = graph.the(containerType, "redis-files").inputs.uploads as {
    file: string;
    content: string;
  }[];
  const conf = uploads.find(({ file }) => file.endsWith("redis.conf"))?.content ?? "";
  assert.match(conf, /^maxmemory 256mb$/m);
  assert.match(conf, /^maxmemory-policy allkeys-lru$/m);
});

test("development: the source is mounted and the application reloads", async () => {
  const graph = await localStack({ system: "loc8", development: { backend: "/home/me/backend" } });
  const { inputs } = graph.the(containerType, "backend-1");
  assert.deepEqual((inputs.mounts as { source: string; target: string }[]).at(-1), {
    type: "bind",
    source: "/home/me/backend",
    target: "/srv/app",
    readOnly: true,
  });
  assert.ok((inputs.command as string[]).includes("--reload"));
});

test("secretsInEnvironment hands secrets to an image that can't read files, still as secrets", async () => {
  const graph = await localStack({ system: "loc8", override: { backend: { secretsInEnvironment: true } } });
  const backend = graph.the(containerType, "backend-1");
  const env = backend.inputs.envs as string[];
  const index = env.findIndex((variable) => variable.startsWith("DATABASE_URL="));
  assert.match(env[index] ?? "", /^DATABASE_URL=postgresql:\/\/loc8:.+@postgres:5432\/loc8$/);
  assert.ok(backend.secrets.some((path) => path === "envs" || path === `envs.${index}`));
});

const vruFolders = ["alertmanager", "backups", "grafana", "models", "postgres", "prometheus", "redis"];

test("vru: data is in folders below the root that settings name, each with its owner", async () => {
  const graph = await localStack({ system: "vru", dataRoot: "/srv/vru" });
  const made = graph.ofType(containerType).flatMap(({ inputs }) => {
    const [folder] = (inputs.volumes as { hostPath: string; containerPath: string }[] | undefined) ?? [];
    const [upload] = (inputs.uploads as { file: string; owner: string }[] | undefined) ?? [];
    return folder ? [`${folder.hostPath} ${upload?.file} ${upload?.owner} ${String(inputs.start)}`] : [];
  });
  const owners: Record<string, string> = { postgres: "999", backups: "999", redis: "999", grafana: "472" };
  assert.deepEqual(
    made.sort(),
    vruFolders.map(
      (folder) =>
        `/srv/vru/${folder} /berth/data/ ${owners[folder] ?? (folder === "models" ? "10001" : "65534")} false`,
    ),
  );
  const mounts = graph.the(containerType, "ml-engine-1").inputs.mounts as Record<string, unknown>[];
  assert.deepEqual(mounts.at(-1), {
    type: "bind",
    source: "/srv/vru/models",
    target: "/models",
    readOnly: true,
  });
});

test("vru: six configuration files, each mounted read-only", async () => {
  const graph = await localStack({ system: "vru" });
  const uploaded = graph.ofType(containerType).flatMap(({ inputs }) => {
    return ((inputs.uploads as { file: string }[] | undefined) ?? []).map(({ file }) => file);
  });
  const wanted = ["nginx.conf", "prometheus.yml", "postgresql.conf", "redis.conf", "ml_config.yaml"];
  for (const file of [...wanted, "validation_config.yaml"])
    assert.ok(uploaded.includes(`/berth/files/${file}`), file);
  for (const { name, inputs } of running(graph.resources)) {
    const mounts = inputs.mounts as { target: string; readOnly: boolean }[];
    for (const { target, readOnly } of mounts.filter(({ target }) => target.startsWith("/etc/")))
      assert.equal(readOnly, true, `${name} ${target}`);
  }
});

test("vru: PostgreSQL, Prometheus and Alertmanager start after their own test of their files", async () => {
  const graph = await localStack({ system: "vru" });
  const commands = ["postgres-check", "prometheus-check", "alertmanager-check"].map((job) => {
    const { inputs } = graph.the(containerType, job);
    const words = [...(inputs.entrypoints as string[]), ...(inputs.command as string[])];
    return words.join(" ").replace(checkScript, "SCRIPT");
  });
  assert.deepEqual(commands, [
    "/bin/sh -c SCRIPT postgres-check postgres postgres:15 postgres -D /tmp -c config_file=/etc/berth/postgresql.conf -C shared_buffers",
    "promtool check config /etc/berth/prometheus.yml",
    "amtool check-config /etc/berth/alertmanager.yml",
  ]);
});

test("vru: Prometheus is told of every replica in a file, and asked for nothing on a release", async () => {
  const graph = await localStack({ system: "vru", replicas: { "ml-engine": 2 } });
  const uploads = graph.the(containerType, "prometheus-targets-files").inputs.uploads as {
    file: string;
    content: string;
  }[];
  const [targets, containers] = uploads.map(({ content }) => content);
  const groups = JSON.parse(targets ?? "") as { targets: string[]; labels: { service: string } }[];
  assert.deepEqual(
    groups.map(({ labels, targets }) => `${labels.service} ${targets.length}`),
    ["api-gateway 1", "ml-engine 2", "camera-service 1", "validation-engine 1", "frontend 1"],
  );
  assert.match(containers ?? "", /berth_container_info\{service="ml-engine",container="ml-engine-2[^"]*",/);
});

test("vru: the ML engine has every GPU the machine has, and is told which device", async () => {
  for (const [gpus, gpu, device] of [
    [1, "all", "cuda"],
    [0, undefined, "cpu"],
  ] as const) {
    const graph = await localStack({ system: "vru" }, laptop({ cpus: 8, memory: 16384, gpus }));
    assert.equal(graph.the(containerType, "ml-engine-1").inputs.gpus, gpu);
    const [, upload] = graph.the(containerType, "ml-engine-files").inputs.uploads as { content: string }[];
    assert.match(upload?.content ?? "", new RegExp(`^device: ${device}$`, "m"));
  }
});

test("vru: cameras are handed over by a setting", async () => {
  const override = { "camera-service": { devices: ["/dev/video0"] } };
  const graph = await localStack({ system: "vru", override });
  assert.deepEqual(graph.the(containerType, "camera-service-1").inputs.devices, [
    { hostPath: "/dev/video0", containerPath: "/dev/video0", permissions: "rw" },
  ]);
  assert.equal(graph.the(containerType, "api-gateway-1").inputs.devices, undefined);
});

test("vru: without Grafana's image the rest runs, and the proxy has no route to it", async () => {
  const graph = await localStack({ system: "vru" }, laptop(undefined, ["grafana/grafana:11.6.0"]));
  const services = new Set(running(graph.resources).map((container) => label(container, "service")));
  assert.ok(services.has("prometheus") && !services.has("grafana"));
  const [upload] = graph.the(containerType, "nginx-release-files").inputs.uploads as { content: string }[];
  assert.doesNotMatch(upload?.content ?? "", /grafana/);
});

test("vru: without Prometheus nothing watches and the proxy tells nobody its counters", async () => {
  const graph = await localStack({ system: "vru", optional: { prometheus: false } });
  const services = new Set(running(graph.resources).map((container) => label(container, "service")));
  assert.ok(!services.has("node-exporter") && services.has("api-gateway"));
  const [upload] = graph.the(containerType, "nginx-release-files").inputs.uploads as { content: string }[];
  assert.doesNotMatch(upload?.content ?? "", /8098/);
});
