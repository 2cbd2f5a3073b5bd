import assert from "node:assert/strict";
import { chmod, cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, it } from "vitest";
import { monitoringParts } from "../../services/monitoring/monitored.ts";
import type { SystemName } from "../../systems/index.ts";
import { log } from "../tools/docker.ts";
import { json, post } from "../tools/http.ts";
import { LiveStack } from "../tools/stack.ts";
import { until } from "../tools/wait.ts";

const images = fileURLToPath(new URL("../../images", import.meta.url));
const application = { folder: "reference-app/app", file: "routes/health.py" };
const django = { folder: "reference-app/django_project/documents", file: "views.py" };

/** How a system's developer works: what is mounted, and where its changes are seen. */
interface Developer {
  system: SystemName;
  config: Record<string, unknown>;
  /** Services whose source is mounted, each from a folder of its own. */
  api: { service: string; path: string; source: typeof application }[];
  /** Whether the page is developed too. */
  page: boolean;
}

const developers: Developer[] = [
  {
    system: "loc8",
    config: { optional: { postgres: false, redis: false }, replicas: { backend: 1 } },
    api: [{ service: "backend", path: "/api/health", source: application }],
    page: true,
  },
  {
    system: "attn",
    config: { replicas: { attn_backend_api: 1, "api-gateway": 1 } },
    api: [{ service: "attn_backend_api", path: "/health", source: application }],
    page: false,
  },
  {
    system: "docsai",
    config: { replicas: { app: 1 } },
    api: [{ service: "app", path: "/api/health", source: django }],
    page: false,
  },
  {
    system: "vru",
    config: { optional: Object.fromEntries(monitoringParts.map((part) => [part, false])) },
    api: [{ service: "api-gateway", path: "/api/health", source: application }],
    page: true,
  },
  {
    system: "arv",
    config: { replicas: { app: 1 } },
    api: [{ service: "app", path: "/api/health/status", source: application }],
    page: false,
  },
];

for (const { system, config, api, page } of developers)
  describe(`a developer's ${system}`, () => {
    let stack: LiveStack;
    let folder: string;
    const source = (service: string) => join(folder, service);
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "berth-source-"));
      // The application's user, another than ours, has to read it.
      await chmod(folder, 0o755);
      const mounted = [
        ...api.map(({ service, source: { folder: path } }) => [service, path] as const),
        ...(page ? [["frontend", "front-end/src"] as const] : []),
        ...(system === "arv" ? [["celery-markers", application.folder] as const] : []),
      ];
      for (const [service, path] of mounted)
        await cp(join(images, path), source(service), { recursive: true });
      const development = Object.fromEntries(mounted.map(([service]) => [service, source(service)]));
      const more = system === "vru" ? { dataRoot: join(folder, "platform") } : {};
      stack = await LiveStack.open({
        system,
        config: { ...config, ...more, development },
        images: page ? ["berth/front-end-dev:1"] : [],
      });
    });
    afterAll(async () => {
      await stack.close();
      await rm(folder, { recursive: true, force: true });
    });

    it("comes up with the sources mounted", async () => {
      await stack.up();
      for (const { path } of api) {
        const { status } = await json<{ status: string }>(`${stack.url}${path}`);
        assert.equal(status, "ok");
      }
    });

    for (const {
      service,
      path,
      source: { file },
    } of api)
      it(`answers with a changed ${service}, from the same container`, async () => {
        const before = await stack.containers(service);
        await change(join(source(service), file), '"status": "ok"', '"status": "changed"');
        await until("the change is served", 120, async () => {
          const { status } = await json<{ status: string }>(`${stack.url}${path}`);
          return status === "changed";
        });
        assert.deepEqual(await stack.containers(service), before);
      });

    if (page)
      it("serves a changed front end, from the same container", async () => {
        const before = await stack.containers("frontend");
        await change(join(source("frontend"), "App.tsx"), "everything is connected", "all is well");
        await until("the change is served", 120, async () => {
          const response = await fetch(`${stack.url}/src/App.tsx`);
          return (await response.text()).includes("all is well");
        });
        assert.deepEqual(await stack.containers("frontend"), before);
      });

    if (system === "docsai")
      it("serves style sheets as they lie in the source", async () => {
        const sheet = join(source("app"), "static/documents/style.css");
        await writeFile(sheet, `${await readFile(sheet, "utf8")}\n/* changed */\n`);
        const served = await fetch(`${stack.url}/static/documents/style.css`);
        assert.match(await served.text(), /changed/);
      });

    if (system === "arv")
      it("does tasks with changed workers, from the same container", async () => {
        const before = await stack.containers("celery-markers");
        const file = join(source("celery-markers"), "tasks.py");
        await writeFile(file, `${await readFile(file, "utf8")}\nprint("changed tasks")\n`);
        const id = before[0]?.id ?? "";
        await until("the workers start anew", 120, async () => (await log(id)).includes("changed tasks"));
        const task = { queue: "markers", payload: {} };
        const { tasks } = await post<{ tasks: string[] }>(`${stack.url}/api/tasks`, task);
        await until("a task is done", 120, async () => {
          return (await json<{ done_at?: string }>(`${stack.url}/api/tasks/${tasks[0]}`)).done_at;
        });
        assert.deepEqual(await stack.containers("celery-markers"), before);
      });

    it("has nothing to do when it comes up again: the sources are no input", async () => {
      assert.deepEqual(Object.keys((await stack.up()).changes), ["same"]);
    });
  });

async function change(file: string, old: string, next: string): Promise<void> {
  const text = await readFile(file, "utf8");
  assert.ok(text.includes(old), `${file} holds ${old}`);
  await writeFile(file, text.replaceAll(old, next));
}
