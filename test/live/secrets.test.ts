import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "vitest";
import { json, type Ready } from "../tools/http.ts";
import { ArgumentWatch, dockerTells, filesBelow, leaks } from "../tools/secrets.ts";
import { LiveStack } from "../tools/stack.ts";
import type { Reply } from "../tools/driver.ts";

describe("attn's generated secrets", () => {
  let stack: LiveStack;
  let secrets: Record<string, string>;
  let run: Reply;
  let processes: string[];
  beforeAll(async () => {
    stack = await LiveStack.open({ system: "attn" });
    const watch = ArgumentWatch.start();
    try {
      run = await stack.run("up", { verbose: true });
    } finally {
      processes = await watch.stop();
    }
    secrets = await stack.secrets();
  });
  afterAll(() => stack.close());

  it("are long, and three: of the database's superuser and role, and of the cache", async () => {
    assert.equal(run.ok, true, run.output.slice(-3000));
    assert.equal((await json<Ready>(`${stack.url}/ready`)).status, "ready");
    assert.deepEqual(Object.keys(secrets).sort(), [
      "attn_postgres-password",
      "attn_postgres-superuser-password",
      "attn_redis-password",
    ]);
    assert.ok(Object.values(secrets).every((secret) => /^[A-Za-z0-9_-]{32,}$/.test(secret)));
    assert.equal(new Set(Object.values(secrets)).size, 3);
  });

  it("are found by this test where they are", () => {
    const text = Buffer.from(
      `postgresql://attn:${secrets["attn_postgres-password"]}@attn_postgres:5432/attn`,
    );
    assert.deepEqual(leaks(text.toString(), secrets), [
      "attn_postgres-password raw",
      "attn_postgres-password URL-encoded",
    ]);
    assert.equal(leaks(text.toString("base64"), secrets).length, 1);
  });

  it("are not in the engine's output, however much of its work it tells", () => {
    assert.ok(run.output.includes("RegisterResource"), "it was traced");
    assert.deepEqual(leaks(run.output, secrets), []);
  });

  it("are not in the state, the stack's file or anything else beside it", async () => {
    const files = await filesBelow(stack.folder);
    assert.ok(Object.keys(files).some((file) => file.endsWith(`${stack.name}.json`)));
    assert.deepEqual(leaksIn(files), {});
  });

  it("are in nothing Docker tells, and in no container's log", async () => {
    assert.deepEqual(leaksIn(await dockerTells(stack)), {});
  });

  it("were in no process's arguments while it came up", () => {
    assert.ok(processes.some((line) => line.includes("gunicorn")));
    assert.deepEqual(leaks(processes.join("\n"), secrets), []);
  });

  function leaksIn(texts: Record<string, string>): Record<string, string[]> {
    const all = Object.entries(texts).map(([where, text]) => [where, leaks(text, secrets)] as const);
    return Object.fromEntries(all.filter(([, hits]) => hits.length > 0));
  }
});
