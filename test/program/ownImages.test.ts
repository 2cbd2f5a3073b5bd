import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { imageConfig } from "../../toolchain/images/config.ts";
import { stackOn } from "./anyStack.ts";
import type { Graph } from "./harness.ts";

const container = "docker:index/container:Container";
const image = `registry.example/api@sha256:${"c".repeat(64)}`;
const accounts = { passwd: "app:x:1001:1002::/:/bin/sh\n", group: "" };

function looked(config: object) {
  return new Map([[image, { config: imageConfig(config), accounts }]]);
}

const own = (
  system: "docsai" | "arv" | "loc8",
  service: string,
  {
    config = {},
    override = {},
    ...settings
  }: { config?: object; override?: object; [key: string]: unknown } = {},
) =>
  stackOn(
    "existing",
    system,
    { images: { [service]: image }, override: { [service]: override }, ...settings },
    { looked: looked({ User: "app", ...config }) },
  );

function inputs(graph: Graph, name: string) {
  return graph.the(container, name).inputs as Record<string, unknown> & { mounts: { target: string }[] };
}

describe("an owner's image", () => {
  test("runs its own command, as its own user, which owns its secrets", async () => {
    const graph = await own("loc8", "backend");
    const { command, user, capabilities } = inputs(graph, "backend-1");
    assert.deepEqual([command, user, capabilities], [undefined, "1001:1002", { drops: ["ALL"] }]);
    const uploads = inputs(graph, "backend-files").uploads as { owner: string; group: string }[];
    assert.deepEqual(new Set(uploads.map(({ owner, group }) => `${owner}:${group}`)), new Set(["1001:1002"]));
  });

  test("runs the command of a setting, else the system's where one says so", async () => {
    const settings = await own("loc8", "backend", { override: { command: ["serve"] } });
    assert.deepEqual(inputs(settings, "backend-1").command, ["serve"]);
    const system = await own("loc8", "backend", { override: { process: "system" } });
    assert.equal((inputs(system, "backend-1").command as string[])[0], "gunicorn");
  });

  test("runs none of the system's commands while its source is mounted", async () => {
    const graph = await stackOn(
      "local",
      "loc8",
      { images: { frontend: image }, development: { frontend: "/srv/page" } },
      { looked: looked({ User: "app" }) },
    );
    assert.equal(inputs(graph, "frontend-1").command, undefined);
  });

  test("is a worker or a scheduler as well", async () => {
    for (const service of ["celery-markers", "celery-beat"]) {
      const graph = await own("arv", service);
      const name = service === "celery-beat" ? service : `${service}-1`;
      const { command, user } = inputs(graph, name);
      assert.deepEqual([command, user], [undefined, "1001:1002"]);
    }
  });

  test("is told to policies where it has no port, and so nothing asks for its health", async () => {
    const { healthcheck, labels } = inputs(await own("arv", "celery-beat"), "celery-beat");
    assert.deepEqual((healthcheck as { tests: string[] }).tests, ["NONE"]);
    const mark = (labels as { label: string; value: unknown }[]).find(
      ({ label }) => label === "berth.loosened",
    );
    assert.equal(mark?.value, "health");
  });

  test("listens on its port, where the system's process has a socket", async () => {
    const graph = await own("docsai", "app");
    const mounts = inputs(graph, "app-1").mounts.map(({ target }) => target);
    assert.deepEqual(mounts.sort(), ["/etc/berth", "/run/berth-probe", "/var/www/media", "/var/www/static"]);
    assert.ok(!inputs(graph, "nginx").mounts.some(({ target }) => target === "/run/app"));
    const system = await own("docsai", "app", { override: { process: "system" } });
    assert.ok(inputs(system, "app-1").mounts.some(({ target }) => target === "/run/app"));
  });

  test("is asked for its health as its HEALTHCHECK says, at a release's pace", async () => {
    const Healthcheck = { Test: ["CMD", "/probe"], Timeout: 3e9, Interval: 30e9, Retries: 5 };
    const graph = await own("loc8", "backend", { config: { Healthcheck } });
    assert.deepEqual(inputs(graph, "backend-1").healthcheck, {
      tests: ["CMD", "/probe"],
      interval: "3.8s",
      timeout: "3s",
      startPeriod: "1m0s",
      retries: 5,
    });
  });

  test("as root is refused before the first resource", async () => {
    await assert.rejects(own("loc8", "backend", { config: { User: "" } }), {
      message: `images.backend: must be an image with a user of its own, got "${image}", which runs as root; set override.backend.user, or override.backend.root: true to allow it`,
    });
  });

  test("as root, where a setting allows it, has the few capabilities of stock images, and no new ones", async () => {
    const graph = await own("loc8", "backend", { config: { User: "" }, override: { root: true } });
    const { user, capabilities, securityOpts, labels } = inputs(graph, "backend-1");
    const kept = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID", "KILL", "NET_BIND_SERVICE"];
    assert.deepEqual(
      [user, capabilities, securityOpts],
      ["0:0", { drops: ["ALL"], adds: kept.map((name) => `CAP_${name}`) }, ["no-new-privileges:true"]],
    );
    assert.ok(JSON.stringify(labels).includes('{"label":"berth.root","value":"allowed"}'));
  });

  test("that is made of the reference application changes nothing", async () => {
    const labelled = looked({ User: "app", Labels: { "berth.process": "system" } });
    const graph = await stackOn("existing", "loc8", { images: { backend: image } }, { looked: labelled });
    const { command, user } = inputs(graph, "backend-1");
    assert.deepEqual([(command as string[])[0], user], ["gunicorn", "1000:1000"]);
  });
});

describe("the jobs of an owner's image", () => {
  const jobsOf = (graph: Graph) =>
    Object.fromEntries(
      graph
        .ofType(container)
        .filter(({ inputs: { mustRun, start } }) => mustRun === false && start !== false)
        .map(({ name, inputs: { command } }) => [name, (command as string[]).join(" ")]),
    );

  test("are those of settings, as its user and with its secrets", async () => {
    const jobs = { app: { migrate: "python manage.py migrate && echo done", static: ["collect"] } };
    const graph = await own("docsai", "app", { jobs });
    const all = jobsOf(graph);
    assert.equal(all["app-migration"], "sh -c python manage.py migrate && echo done");
    assert.equal(all["app-static"], "collect");
    assert.deepEqual(
      Object.keys(all).filter((name) => name.startsWith("app-")),
      ["app-migration", "app-static"],
    );
    const { user, mounts } = inputs(graph, "app-static");
    assert.equal(user, "1001:1002");
    assert.deepEqual(mounts.map(({ target }) => target).sort(), [
      "/etc/berth",
      "/var/www/media",
      "/var/www/static",
    ]);
  });

  test("are none where settings name none, and Django's own means make the administrator", async () => {
    const graph = await own("docsai", "app", { superuser: "admin" });
    const all = Object.entries(jobsOf(graph)).filter(([name]) => name.startsWith("app-"));
    assert.deepEqual(
      all.map(([name]) => name),
      ["app-superuser"],
    );
    assert.match(all[0]?.[1] ?? "", /call_command\("createsuperuser", interactive=False/);
    const envs = inputs(graph, "app-superuser").envs as string[];
    assert.ok(envs.includes("DJANGO_SUPERUSER_EMAIL=admin@localhost"));
    assert.ok(envs.includes("DJANGO_SUPERUSER_PASSWORD_FILE=/etc/berth/django_superuser_password"));
  });

  test("replace one command of the reference application", async () => {
    const graph = await stackOn("existing", "docsai", { jobs: { app: { check: ["true"] } } });
    const all = jobsOf(graph);
    assert.equal(all["app-check"], "true");
    assert.equal(all["app-migration"], "python manage.py migrate --noinput");
  });
});
