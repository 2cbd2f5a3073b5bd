import assert from "node:assert/strict";
import { access, chown, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, beforeAll, describe, it } from "vitest";
import { shelfScript } from "../../cli/upgrade/scripts.ts";
import { startWhole } from "../../services/postgres/postgres.start.ts";
import { docker, exec, type Container } from "../tools/docker.ts";
import { killedAtMove } from "../tools/killedAtMove.ts";
import { prepareImages } from "../tools/prepare.ts";
import { sleep, until } from "../tools/wait.ts";

const image = "postgres:15";
const address = "postgresql://postgres:notasecret@127.0.0.1/postgres";
const folder = "/var/lib/postgresql/data";

describe("a database killed while it is made", () => {
  let data: string;
  beforeAll(async () => {
    await prepareImages([image]);
  });

  /** A server on this data, not started yet. */
  async function server(t: TestContext, entrypoint: string[]): Promise<Container> {
    const container = await docker.createContainer({
      Image: image,
      Entrypoint: entrypoint,
      Cmd: ["postgres"],
      Env: ["POSTGRES_PASSWORD=notasecret", `PGDATA=${folder}/pgdata`],
      User: "999:999",
      HostConfig: { Binds: [`${data}:${folder}`], NetworkMode: "none" },
    });
    t.onTestFinished(() => container.remove({ force: true, v: true }));
    return container;
  }

  /** Starts it on an empty folder, and kills it as soon as there is this file. */
  async function killAt(t: TestContext, entrypoint: string[], file: string): Promise<Container> {
    data = await mkdtemp(join(tmpdir(), "berth-postgres-"));
    await chown(data, 999, 999);
    t.onTestFinished(() => rm(data, { recursive: true }));
    const container = await server(t, entrypoint);
    await container.start();
    while (!(await exists(join(data, file)))) await sleep(0.005);
    await container.kill();
    return container;
  }

  async function answers(container: Container): Promise<boolean> {
    const { State } = await container.inspect();
    if (!State.Running) return false;
    // Over TCP: the server that makes the database listens on its socket alone.
    const reply = await exec(container.id, ["psql", address, "-Atc", "SELECT 'well'"]);
    return reply.output.trim() === "well";
  }

  for (const moment of [
    "pgdata.part/PG_VERSION",
    "pgdata.part/global/pg_control",
    "pgdata.part/postmaster.pid",
  ])
    it(`is made again from nothing by the next start: at ${moment}`, async (t) => {
      const container = await killAt(t, startWhole, moment);
      await container.start();
      await until("an answer", 180, () => answers(container));
      assert.ok(!(await exists(join(data, "pgdata.part"))));
      // What it made once it keeps.
      const made = await exec(container.id, ["psql", address, "-c", "CREATE TABLE kept ()"]);
      assert.equal(made.code, 0, made.output);
      await container.kill();
      await container.start();
      await until("an answer", 180, () => answers(container));
      const kept = await exec(container.id, ["psql", address, "-c", "TABLE kept"]);
      assert.equal(kept.code, 0, kept.output);
    });

  it("never starts with the image's own entrypoint alone", async (t) => {
    const container = await killAt(t, ["docker-entrypoint.sh"], "pgdata/PG_VERSION");
    await container.start();
    await container.wait({ condition: "not-running" });
    assert.equal(await answers(container), false);
  });

  it("doesn't begin anew where an upgrade was killed between two names of the data", async (t) => {
    const whole =
      'mkdir "$PGDATA" "$PGDATA.part"; echo 15 >"$PGDATA/PG_VERSION"; echo 18 >"$PGDATA.part/PG_VERSION"';
    const swap = `${whole}\nset -- swap part ${image}\n${killedAtMove(3)}${shelfScript()}`;
    // The first process of a container can't kill itself.
    const around = 'sh -c "$0"; touch "$PGDATA.killed"; sleep 60';
    await killAt(t, ["sh", "-c", around, swap], "pgdata.killed");
    const container = await server(t, startWhole);
    await container.start();
    const { StatusCode } = (await container.wait()) as { StatusCode: number };
    assert.notEqual(StatusCode, 0);
    const half = ["pgdata.15", "pgdata.18", "pgdata.aside", "pgdata.killed", "pgdata.part"];
    assert.deepEqual((await readdir(data)).sort(), half);
    // That start, and whatever it removed, is nothing that the next upgrade doesn't mend.
    const shelf = await server(t, ["sh", "-c", shelfScript(), "shelf", "look"]);
    await shelf.start();
    assert.equal(((await shelf.wait()) as { StatusCode: number }).StatusCode, 0);
    assert.deepEqual((await readdir(data)).sort(), ["pgdata", "pgdata.18", "pgdata.killed"]);
  });

  it("leaves a folder alone that somebody put there", async (t) => {
    await killAt(t, ["sh", "-c", 'mkdir "$PGDATA"; touch "$PGDATA/mine"; sleep 60'], "pgdata/mine");
    const container = await server(t, startWhole);
    await container.start();
    const { StatusCode } = (await container.wait()) as { StatusCode: number };
    assert.notEqual(StatusCode, 0);
    assert.ok(await exists(join(data, "pgdata/mine")));
  });
});

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
