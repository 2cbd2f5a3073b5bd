import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "vitest";
import { docker } from "../tools/docker.ts";
import { status } from "../tools/http.ts";
import { LiveStack } from "../tools/stack.ts";

/** DocsAI has each kind of what a prune takes: carriers of files, data and sockets, and jobs that hold services back. */
describe("docsai after docker container prune", () => {
  let stack: LiveStack;
  let serving: Map<string, string | undefined>;
  let removed: Map<string, string | undefined>;

  beforeAll(async () => {
    stack = await LiveStack.open({ system: "docsai" });
    await stack.up();
    const before = await containers(stack.name);
    const filters = { label: [`berth.stack=${stack.name}`] };
    await docker.pruneContainers({ filters: JSON.stringify(filters) });
    serving = await containers(stack.name);
    removed = new Map([...before].filter(([id]) => !serving.has(id)));
    await stack.must("refresh");
  });
  afterAll(() => stack.close());

  it("lost its carriers and its finished jobs, and nothing that serves", () => {
    assert.deepEqual(new Set(removed.values()), new Set(["files", "job"]));
    assert.deepEqual(new Set(serving.values()), new Set(["service"]));
  });

  it("is told in a preview that these are made anew, and that nothing else changes", async () => {
    const { output, changes } = await stack.must("preview");
    assert.deepEqual(changes, { create: removed.size, same: changes.same }, output);
  });

  it("gets just that from up, and the same containers serve on", async () => {
    const { output, changes } = await stack.up();
    assert.deepEqual(changes, { create: removed.size, same: changes.same }, output);
    const now = await containers(stack.name);
    assert.deepEqual(new Map([...now].filter(([, role]) => role === "service")), serving);
    assert.equal(await status(`${stack.url}/`), 200);
  });

  it("has nothing left to do then", async () => {
    const { changes, output } = await stack.up();
    assert.deepEqual(Object.keys(changes), ["same"], output);
  });
});

/** The stack's containers by id, with what each is for. */
async function containers(stack: string): Promise<Map<string, string | undefined>> {
  const found = await docker.listContainers({ all: true, filters: { label: [`berth.stack=${stack}`] } });
  return new Map(found.map(({ Id, Labels }) => [Id, Labels["berth.role"]]));
}
