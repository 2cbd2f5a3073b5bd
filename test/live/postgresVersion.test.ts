import assert from "node:assert/strict";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, it } from "vitest";
import { docker, exec } from "../tools/docker.ts";
import { laterPostgres, prepareLaterPostgres } from "../tools/laterPostgres.ts";
import { LiveStack } from "../tools/stack.ts";

const program = fileURLToPath(new URL("programs/database.ts", import.meta.url));

for (const place of ["volume", "folder"])
  describe(`an image of another major version than the data in a ${place}`, () => {
    let stack: LiveStack;
    beforeAll(async () => {
      await prepareLaterPostgres();
      stack = await LiveStack.open({ system: "docsai", program });
      if (place === "folder")
        await stack.set({ "test:dataRoot": await mkdtemp(join(tmpdir(), "berth-postgres-")) });
      await stack.up();
    });
    afterAll(() => stack.close());

    /** Its container, since when it runs, and what it answers. */
    async function server(sql: string) {
      const [running] = await stack.containers("postgres");
      assert.ok(running);
      const { State } = await docker.getContainer(running.id).inspect();
      const reply = await exec(running.id, ["psql", "-U", "postgres", "-d", "shop", "-Atc", sql]);
      assert.equal(reply.code, 0, reply.output);
      return { id: running.id, since: State.StartedAt, says: reply.output.trim() };
    }

    it("is refused by plain Pulumi before anything stops, and the old image is right again", async () => {
      await server("CREATE TABLE orders AS SELECT generate_series(1, 1000) AS id");
      const before = await server("SELECT count(*) FROM orders");
      assert.equal(before.says, "1000");
      await stack.set({ images: { postgres: laterPostgres } });
      for (const time of ["first", "second"]) {
        const { ok, output } = await stack.run("up");
        assert.equal(ok, false, `the ${time} time`);
        assert.match(output, /postgres-check: must exit with 0, got 1; nothing was switched/);
        assert.match(
          output,
          /images\.postgres: must hold PostgreSQL 15, which made the data, got 18\.\d+ in berth-test\/postgres:18; put an image of PostgreSQL 15 back, or, for a later version, have berth upgrade postgres move the data/,
        );
        assert.deepEqual(await server("SELECT count(*) FROM orders"), before);
      }
      await stack.set({ images: undefined });
      await stack.up();
      assert.deepEqual(await server("SELECT count(*) FROM orders"), before);
      assert.deepEqual(Object.keys((await stack.must("preview")).changes), ["same"]);
    });
  });
