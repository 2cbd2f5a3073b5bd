import assert from "node:assert/strict";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeAll, describe, test } from "vitest";
import { docker, exec, log, removeLabelled } from "../tools/docker.ts";
import { prepareImages } from "../tools/prepare.ts";
import { until } from "../tools/wait.ts";

const name = "berth-test-pool";
const label = "berth.test.pool";
const database = "postgres:15";
const application = "berth/reference-app:1";
const sources = join(import.meta.dirname, "../../images/reference-app/app");

/** Fills the reference application's pool, waits for a file, and asks again as many requests would. */
const program = `
import asyncio, os
from app.dependencies.pool import Pool
from app.settings import database

async def main():
    os.environ["DATABASE_URL"] = "postgresql://postgres:notasecret@${name}-database/postgres"
    pool = Pool(database("DATABASE_URL"), 5)
    await asyncio.gather(*(pool.use(lambda it: it.execute("SELECT pg_sleep(0.3)")) for _ in range(5)))
    print("filled", flush=True)
    while not os.path.exists("/tmp/go"):
        await asyncio.sleep(0.02)
    failures = []
    for _ in range(20):
        try:
            await pool.use(lambda it: it.execute("SELECT 1"))
        except Exception as error:
            failures.append(type(error).__name__)
    print("asked", len(failures), failures, flush=True)

asyncio.run(main())`;

describe("the reference application's connections to PostgreSQL", () => {
  beforeAll(() => prepareImages([database, application]));
  afterEach(() => removeLabelled(label));

  const psql = (query: string) =>
    exec(`${name}-database`, ["psql", "-U", "postgres", "-h", "127.0.0.1", "-Atc", query]);

  const faults: [string, () => Promise<unknown>][] = [
    // Its grace is short, so that it takes no second that would have every connection asked.
    ["the database restarts", () => docker.getContainer(`${name}-database`).restart({ t: 10 })],
    [
      "the server ends them",
      () => psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"),
    ],
  ];
  for (const [what, fault] of faults)
    test(`none of them fails a request when ${what}`, async () => {
      const Labels = { [label]: "true" };
      await docker.createNetwork({ Name: name, Labels });
      const HostConfig = { NetworkMode: name };
      const server = await docker.createContainer({
        name: `${name}-database`,
        Image: database,
        Env: ["POSTGRES_PASSWORD=notasecret"],
        Labels,
        HostConfig,
      });
      await server.start();
      const answers = async () => (await psql("SELECT 1")).output.trim() === "1";
      await until("the database answers", 60, answers);
      const app = await docker.createContainer({
        name: `${name}-app`,
        Image: application,
        Entrypoint: ["python", "-c", program],
        Env: ["PYTHONPATH=/tmp"],
        WorkingDir: "/",
        Labels,
        HostConfig: { ...HostConfig, Init: true },
      });
      // As they are here: the image may be of before.
      await execa("docker", ["cp", sources, `${app.id}:/tmp/app`]);
      await app.start();
      const says = (start: string) => async () =>
        (await log(app.id)).split("\n").find((line) => line.startsWith(start));
      await until("the pool is full", 60, says("filled"));
      await fault();
      await until("the database answers again", 60, answers);
      await exec(app.id, ["touch", "/tmp/go"]);
      assert.equal(await until("20 requests", 60, says("asked")), "asked 0 []");
    });
});
