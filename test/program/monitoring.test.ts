import assert from "node:assert/strict";
import { test } from "vitest";
import { parse } from "yaml";
import type { SystemName } from "../../systems/index.ts";
import type { Graph, Registered } from "./harness.ts";
import { localStack } from "./localStack.ts";

const containerType = "docker:index/container:Container";

/** What each system's monitoring looks at, by its own name, besides the machine, its containers and itself. */
const watched: Record<Exclude<SystemName, "vru">, { jobs: string[]; targets: string[]; queues?: string }> = {
  attn: {
    jobs: ["microservice-nginx-exporter", "nginx-exporter", "postgres-exporter", "redis-exporter"],
    targets: ["api-gateway 2", "attn_backend_api 2"],
    queues: "--check-single-keys=db0=queue:faces",
  },
  loc8: {
    jobs: ["nginx-exporter", "postgres-exporter", "redis-exporter"],
    targets: ["backend 2", "frontend 1"],
  },
  arv: {
    jobs: ["minio", "nginx-exporter", "postgres-exporter", "redis-exporter"],
    targets: ["app 2"],
    queues: "--check-single-keys=db0=markers,db0=notifications,db0=default",
  },
  docsai: { jobs: ["nginx-exporter", "postgres-exporter"], targets: ["app 2"] },
};
const everywhere = ["alertmanager", "cadvisor", "node-exporter", "prometheus"];

for (const [name, { jobs, targets, queues }] of Object.entries(watched)) {
  const system = name as SystemName;
  const graph = await localStack({ system, monitoring: true });
  const plain = await localStack({ system });

  test(`${system}: nothing watches it unless settings say so`, () => {
    const added = services(graph).filter((service) => !services(plain).includes(service));
    const parts = [...everywhere, "grafana", ...jobs.filter((job) => job !== "minio")];
    assert.deepEqual(added, parts.sort());
  });

  test(`${system}: Prometheus scrapes all that tells numbers`, () => {
    const { scrape_configs } = parse(file(graph, "prometheus-files", "prometheus.yml")) as Config;
    const scraped = scrape_configs.map(({ job_name }) => job_name).sort();
    assert.deepEqual(scraped, [...everywhere, ...jobs, "services"].sort());
    const groups = JSON.parse(file(graph, "prometheus-targets-files", "services.json")) as Group[];
    const found = groups.map((group) => `${group.labels.service} ${group.targets.length}`);
    assert.deepEqual(found.sort(), targets);
  });

  test(`${system}: every container it runs has a name in Prometheus, workers too`, () => {
    const facts = file(graph, "prometheus-targets-files", "containers.prom");
    const named = [...facts.matchAll(/berth_container_info\{service="([^"]+)"/g)].map(([, found]) => found);
    const running = serving(graph).map((one) => label(one, "service"));
    // Its own container can't be told before it is there.
    assert.deepEqual(named.sort(), running.filter((service) => service !== "prometheus").sort());
  });

  test(`${system}: what watches it is as confined as what it watches`, () => {
    assert.deepEqual(graph.orphans(), []);
    for (const { name: container, inputs } of serving(graph)) {
      assert.match(String(inputs.user), /^[1-9]\d*:[1-9]\d*$/, container);
      assert.deepEqual(inputs.capabilities, { drops: ["ALL"] }, container);
      assert.deepEqual([inputs.readOnly, inputs.privileged], [true, false], container);
      assert.ok(Number(inputs.memory) >= 32 && Number(inputs.cpus) > 0, container);
      const sources = (inputs.mounts as { source: string }[]).map(({ source }) => source);
      assert.ok(!sources.some((source) => source.endsWith("docker.sock")), container);
    }
    const published = serving(graph).flatMap(({ inputs }) => (inputs.ports as unknown[] | undefined) ?? []);
    assert.equal(published.length, 1);
  });

  test(`${system}: the public finds Grafana and no numbers`, () => {
    const proxy = system === "attn" ? "main-app-nginx" : "nginx";
    const conf = file(graph, `${proxy}-release-files`, "nginx.conf");
    assert.match(conf, /location (?:\^~ )?\/grafana\/ \{/);
    const hidden = system === "arv" ? "/api/metrics" : "/metrics";
    assert.match(conf, new RegExp(`location (?:\\^~ )?${hidden} \\{[^}]*return 404`));
  });

  test(`${system}: the length of its queues is a number too`, () => {
    if (queues === undefined) return;
    const words = graph.the(containerType, "redis-exporter").inputs.command as string[];
    assert.equal(
      words.find((word) => word.startsWith("--check")),
      queues,
    );
  });
}

test("docsai: gunicorn listens on a port for Prometheus, and only then", async () => {
  for (const [monitoring, binds] of [
    [true, ["0.0.0.0:8000"]],
    [false, []],
  ] as const) {
    const graph = await localStack({ system: "docsai", monitoring });
    const words = graph.the(containerType, "app-1").inputs.command as string[];
    const bound = words.flatMap((word, index) => (word === "--bind" ? [words[index + 1]] : []));
    assert.deepEqual(bound, binds);
  }
});

interface Config {
  scrape_configs: { job_name: string }[];
}

interface Group {
  targets: string[];
  labels: { service: string };
}

function serving(graph: Graph): Registered[] {
  return graph.ofType(containerType).filter((one) => label(one, "role") === "service");
}

function services(graph: Graph): string[] {
  return [...new Set(serving(graph).map((one) => label(one, "service")))].sort();
}

function label({ inputs }: Registered, key: string): string {
  const labels = inputs.labels as { label: string; value: string }[];
  return labels.find((each) => each.label === `berth.${key}`)?.value ?? "";
}

function file(graph: Graph, volume: string, name: string): string {
  const uploads = graph.the(containerType, volume).inputs.uploads as { file: string; content: string }[];
  const found = uploads.find((upload) => upload.file.endsWith(`/${name}`));
  assert.ok(found, `${volume} has ${name}`);
  return found.content;
}
