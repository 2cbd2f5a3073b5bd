import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { parseSettings } from "../../settings.ts";
import { homeNotes } from "../../stack/homeNotes.ts";
import { systems } from "../../systems/index.ts";
import { web } from "../../services/web/definition.ts";
import { stackOn } from "./anyStack.ts";
import type { Graph } from "./harness.ts";
import { server, three } from "./swarmSettings.ts";

const media = "https://KEY:top%2Fsecret@s3.example.org/documents?region=eu-west-1";

const kept = await stackOn("existing", "docsai", three);
const inBucket = await stackOn("existing", "docsai", { ...three, external: { media }, replicas: { app: 3 } });

function namesOf(graph: Graph, type: string): string[] {
  return graph
    .ofType(type)
    .map(({ name }) => name)
    .toSorted();
}

const containers = (graph: Graph) => namesOf(graph, "docker:index/container:Container");
const services = (graph: Graph) => namesOf(graph, "docker:index/service:Service");
const proxies = (graph: Graph) => containers(graph).filter((name) => /^nginx(-two|-three)?$/.test(name));

/** Where names lead. */
function addressesOf(graph: Graph): string[] {
  return (graph.outputs.records as { value: string }[]).map(({ value }) => value);
}

/** Volumes whose name in the engine ends so, by name in the program. */
function volumesCalled(graph: Graph, ending: string): string[] {
  return graph
    .ofType("docker:index/volume:Volume")
    .filter(({ inputs }) => inputs.name === `prod-${ending}`)
    .map(({ name }) => name)
    .toSorted();
}

describe("DocsAI on three servers, its media in a bucket", () => {
  test("its application runs on any of them, and a proxy answers on each", () => {
    assert.deepEqual(services(inBucket), ["app"]);
    assert.deepEqual(proxies(inBucket), ["nginx", "nginx-three", "nginx-two"]);
  });

  test("each machine has files of its own that a job collects there, and a folder for what is on its way", () => {
    assert.deepEqual(volumesCalled(inBucket, "static"), ["static", "static-three", "static-two"]);
    assert.deepEqual(volumesCalled(inBucket, "media-incoming"), [
      "media-incoming",
      "media-incoming-three",
      "media-incoming-two",
    ]);
    const jobs = containers(inBucket).filter((name) =>
      /^app-(check|migration|static)(-two|-three)?$/.test(name),
    );
    assert.deepEqual(jobs, [
      "app-check",
      "app-migration",
      "app-static",
      "app-static-three",
      "app-static-two",
    ]);
    const { inputs } = inBucket.the("docker:index/container:Container", "app-static-two");
    const mounts = inputs.mounts as { source: string; target: string; readOnly: boolean }[];
    assert.deepEqual(
      mounts
        .filter(({ target }) => target === "/var/www/static")
        .map(({ source, readOnly }) => [source, readOnly]),
      [["prod-static", false]],
    );
  });

  test("its containers mount those of the machine that runs them", () => {
    const { inputs } = inBucket.the("docker:index/service:Service", "app");
    const { mounts } = (inputs.taskSpec as { containerSpec: { mounts: Record<string, unknown>[] } })
      .containerSpec;
    assert.deepEqual(
      mounts
        .filter(({ type }) => type === "volume")
        .map(({ source, target }) => `${String(source)} ${String(target)}`),
      ["prod-static /var/www/static", "prod-media-incoming /var/www/media"],
    );
  });

  test("it listens on its port, for machines share no socket", () => {
    const { inputs } = inBucket.the("docker:index/service:Service", "app");
    const { args } = (inputs.taskSpec as { containerSpec: { args: string[] } }).containerSpec;
    assert.ok(args.includes("0.0.0.0:8000"), args.join(" "));
    assert.ok(!args.join(" ").includes("unix:"), args.join(" "));
  });

  test("names lead to each of them", async () => {
    const graph = await stackOn("existing", "docsai", {
      ...three,
      ...{ external: { media }, domains: ["docs.example.org"] },
    });
    const records = graph.outputs.records as { type: string; value: string }[];
    assert.deepEqual(
      records.map(({ type, value }) => `${type} ${value}`),
      ["A 203.0.113.30", "A 203.0.113.31", "A 203.0.113.32"],
    );
  });
});

describe("DocsAI on three servers, its media in a volume", () => {
  test("application and proxy stay where the volume is", () => {
    assert.deepEqual(services(kept), []);
    assert.deepEqual(proxies(kept), ["nginx"]);
    assert.ok(containers(kept).includes("app-1"), containers(kept).join());
    assert.deepEqual(volumesCalled(kept, "media"), ["media"]);
  });

  test("they do with an image of an owner's of which no job collects the files", async () => {
    const domains = ["docs.example.org"];
    const own = { ...three, domains, external: { media }, images: { app: "registry.example/docs:3" } };
    const without = await stackOn("existing", "docsai", own);
    assert.deepEqual(services(without), []);
    assert.deepEqual(proxies(without), ["nginx"]);
    assert.deepEqual(addressesOf(without), ["203.0.113.30"]);
    assert.deepEqual(volumesCalled(without, "static"), ["static"]);
    const collecting = await stackOn("existing", "docsai", {
      ...own,
      jobs: { app: { static: ["python", "manage.py", "collectstatic", "--noinput"] } },
    });
    assert.deepEqual(services(collecting), ["app"]);
    assert.deepEqual(proxies(collecting), ["nginx", "nginx-three", "nginx-two"]);
    assert.deepEqual(addressesOf(collecting), ["203.0.113.30", "203.0.113.31", "203.0.113.32"]);
  });

  test("and a load balancer before them is refused then", async () => {
    const own = { external: { media }, images: { app: "registry.example/docs:3" } };
    await assert.rejects(
      stackOn("gce", "docsai", { ...own, host: { machines: 3, loadBalancer: true } }),
      /host\.loadBalancer: must be left out in system docsai, whose proxy is on host alone/,
    );
  });

  test("nothing is collected on machines where nothing has the files", () => {
    assert.deepEqual(volumesCalled(kept, "static"), ["static"]);
    assert.ok(
      !containers(kept).some((name) => /^app-static-(two|three)$/.test(name)),
      containers(kept).join(),
    );
  });

  test("a command that listens on a socket alone is refused", async () => {
    const { app } = systems.docsai.services;
    assert.ok(app);
    const command = () => ["sh", "-c", "exec gunicorn --bind unix:/run/app/here.sock config.wsgi"];
    const socket = { volume: "app-sockets", folder: "/run/app" };
    const own = web({ ...(app as object), port: 8000, cpus: 1, memory: 512, socket, command });
    const system = { ...systems.docsai, services: { ...systems.docsai.services, app: own } };
    await assert.rejects(
      stackOn("existing", "docsai", { ...three, external: { media } }, { system }),
      /^PlainError: system\.services\.app\.command: must listen on the service's port where context\.swarm is true/,
    );
  });
});

describe("what runs on the stack's own machine alone is said", () => {
  const own = { kind: "existing", ...server(30) };
  const notes = (config: Record<string, unknown>) =>
    homeNotes(parseSettings({ swarm: true, host: own, hosts: three.hosts, ...config }));

  test("with the way to have it on each where there is one", () => {
    assert.deepEqual(notes({ system: "docsai" }), [
      "swarm: nginx, app run on host alone, which has their files (media); external.media in a bucket lets them run on each machine",
    ]);
    assert.deepEqual(notes({ system: "docsai", external: { media } }), []);
  });

  test("and without where there is none", () => {
    const [note = "", ...more] = notes({ system: "arv" });
    assert.match(note, /^swarm: nginx, app, .* run on host alone, which has their files \(content, site\)$/);
    assert.deepEqual(more, []);
  });

  test("and not where nothing is, or there is one machine", () => {
    assert.deepEqual(notes({ system: "loc8" }), []);
    assert.deepEqual(notes({ system: "docsai", hosts: {} }), []);
  });
});
