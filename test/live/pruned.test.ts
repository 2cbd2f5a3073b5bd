import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "vitest";
import { monitors } from "../../services/monitoring/definition.ts";
import { docker } from "../tools/docker.ts";
import { status } from "../tools/http.ts";
import { release, removeReleases } from "../tools/release.ts";
import { LiveStack } from "../tools/stack.ts";

const { prometheus } = monitors;
const without = Object.fromEntries(
  ["alertmanager", "grafana", "cadvisor", "node-exporter", "postgres-exporter", "nginx-exporter"].map(
    (name) => [name, false],
  ),
);

/** DocsAI has each kind of what a prune takes: carriers of files, data and sockets, and jobs that hold services back. */
describe("docsai after docker container prune", () => {
  let stack: LiveStack;
  let serving: Map<string, string | undefined>;
  let removed: Map<string, string | undefined>;
  let image: string;
  let announced: string[] = [];

  beforeAll(async () => {
    stack = await LiveStack.open({ system: "docsai", images: [prometheus.image] });
    image = await release("berth/reference-app:1", "planned");
    await stack.up();
    const before = await containers(stack.name);
    const filters = { label: [`berth.stack=${stack.name}`] };
    await docker.pruneContainers({ filters: JSON.stringify(filters) });
    serving = await containers(stack.name);
    removed = new Map([...before].filter(([id]) => !serving.has(id)));
    await stack.must("refresh");
  });
  afterAll(async () => {
    await stack.close();
    await removeReleases();
  });

  it("lost its carriers and its finished jobs, and nothing that serves", () => {
    assert.deepEqual(new Set(removed.values()), new Set(["files", "job"]));
    assert.deepEqual(new Set(serving.values()), new Set(["service"]));
  });

  it("is told in a preview that these are made anew, and that nothing else changes", async () => {
    const { output, changes, steps } = await stack.must("preview", { steps: true });
    assert.deepEqual(changes, { create: removed.size, same: changes.same }, output);
    announced = steps;
  });

  it("gets just that from up, and the same containers serve on", async () => {
    const { output, changes, steps } = await stack.must("up", { steps: true });
    assert.deepEqual(steps, announced);
    assert.deepEqual(changes, { create: removed.size, same: changes.same }, output);
    const now = await containers(stack.name);
    assert.deepEqual(new Map([...now].filter(([, role]) => role === "service")), serving);
    assert.equal(await status(`${stack.url}/`), 200);
  });

  it("has nothing left to do then", async () => {
    const { changes, output } = await stack.up();
    assert.deepEqual(Object.keys(changes), ["same"], output);
  });

  /** What changes, and a resource that has to be among the steps. */
  const changed: [what: string, settings: () => Record<string, unknown>, step: RegExp][] = [
    ["a limit", () => ({ limits: { app: { memory: 448 } } }), /Container::app-1$/],
    [
      "a configuration file",
      () => ({ rates: { rest: { requests: 41 } } }),
      /Container::nginx-release-files$/,
    ],
    ["an image", () => ({ images: { app: image } }), /Container::app-migration$/],
    ["a service", () => ({ monitoring: true, optional: without }), /^create .*Container::prometheus$/],
  ];

  it.each(changed)(
    "%s that changes: a preview announces by URN just what up does",
    async (_what, settings, step) => {
      await stack.set(settings());
      const plan = await stack.must("preview", { steps: true });
      const { steps, output } = await stack.must("up", { steps: true });
      assert.deepEqual(plan.steps, steps, output);
      assert.ok(
        steps.some((one) => step.test(one)),
        output,
      );
    },
  );
});

/** The stack's containers by id, with what each is for. */
async function containers(stack: string): Promise<Map<string, string | undefined>> {
  const found = await docker.listContainers({ all: true, filters: { label: [`berth.stack=${stack}`] } });
  return new Map(found.map(({ Id, Labels }) => [Id, Labels["berth.role"]]));
}
