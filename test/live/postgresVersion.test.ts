import assert from "node:assert/strict";
import { chown, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, it } from "vitest";
import { docker, exec } from "../tools/docker.ts";
import { laterPostgres, prepareLaterPostgres } from "../tools/laterPostgres.ts";
import { plainPostgres } from "../tools/plainPostgres.ts";
import { LiveStack } from "../tools/stack.ts";

const program = fileURLToPath(new URL("programs/database.ts", import.meta.url));

describe("an image of another major version than the data", () => {
  beforeAll(prepareLaterPostgres);

  describe("that a stack made in a volume", () => {
    let stack: LiveStack;
    beforeAll(async () => {
      stack = await LiveStack.open({ system: "docsai", program });
      await stack.up();
    });
    afterAll(() => stack.close());

    it("is refused by plain Pulumi before anything stops, and the old image is right again", async () => {
      await server(stack, "CREATE TABLE orders AS SELECT generate_series(1, 1000) AS id");
      const before = await server(stack, "SELECT count(*) FROM orders");
      assert.equal(before.says, "1000");
      await stack.set({ images: { postgres: laterPostgres } });
      const output = await refused(stack);
      assert.match(
        output,
        /images\.postgres: must hold PostgreSQL 15, which made the data, got 18\.\d+ in berth-test\/postgres:18; put an image of PostgreSQL 15 back, or, for a later version, have berth upgrade postgres move the data/,
      );
      assert.deepEqual(await server(stack, "SELECT count(*) FROM orders"), before);
      await stack.set({ images: undefined });
      await stack.up();
      assert.deepEqual(await server(stack, "SELECT count(*) FROM orders"), before);
      assert.deepEqual(Object.keys((await stack.must("preview")).changes), ["same"]);
    });
  });

  describe("that docker run made in a folder", () => {
    let stack: LiveStack;
    let dataRoot: string;
    beforeAll(async () => {
      dataRoot = await mkdtemp(join(tmpdir(), "berth-postgres-"));
      const data = join(dataRoot, "postgres");
      await mkdir(data);
      await chown(data, 999, 999);
      const holds = [
        "CREATE DATABASE shop",
        "\\c shop",
        "CREATE TABLE parts AS SELECT generate_series(1, 7)",
      ];
      await plainPostgres({ image: laterPostgres, data, holds });
      stack = await LiveStack.open({ system: "docsai", program, config: { "test:dataRoot": dataRoot } });
    });
    afterAll(async () => {
      await stack.close();
      await rm(dataRoot, { recursive: true });
    });

    it("is refused before it starts on it, and one of its version takes it over with what it holds", async () => {
      const output = await refused(stack);
      assert.match(
        output,
        /images\.postgres: must hold PostgreSQL 18, which made the data, got 15\.\d+ in postgres:15; put an image of PostgreSQL 18 back, /,
      );
      assert.deepEqual(await stack.containers("postgres"), []);
      await stack.set({ images: { postgres: laterPostgres } });
      await stack.up();
      assert.equal((await server(stack, "SELECT count(*) FROM parts")).says, "7");
    });
  });
});

/** What the run says that the job refused. */
async function refused(stack: LiveStack): Promise<string> {
  const { ok, output } = await stack.run("up");
  assert.equal(ok, false, output);
  assert.match(output, /postgres-check: must exit with 0, got 1; nothing was switched/);
  return output;
}

/** Its container, since when it runs, and what it answers. */
async function server(stack: LiveStack, sql: string) {
  const [running] = await stack.containers("postgres");
  assert.ok(running);
  const { State } = await docker.getContainer(running.id).inspect();
  const reply = await exec(running.id, ["psql", "-U", "postgres", "-d", "shop", "-Atc", sql]);
  assert.equal(reply.code, 0, reply.output);
  return { id: running.id, since: State.StartedAt, says: reply.output.trim() };
}
