import { docker, exec } from "./docker.ts";
import { until } from "./wait.ts";

export interface PlainPostgres {
  image: string;
  /** A volume, or a folder of uid 999. */
  data: string;
  /** What it is to hold, a statement each. */
  holds: readonly string[];
}

const folder = "/var/lib/postgresql/data";

/** A database as `docker run` makes one, with nothing of Berth's; it has stopped again. */
export async function plainPostgres({ image, data, holds }: PlainPostgres): Promise<void> {
  const container = await docker.createContainer({
    Image: image,
    Env: ["POSTGRES_PASSWORD=notasecret", `PGDATA=${folder}/pgdata`],
    HostConfig: { Binds: [`${data}:${folder}`], NetworkMode: "none" },
  });
  // Over TCP: the server that makes the database listens on its socket alone.
  const psql = ["psql", "-v", "ON_ERROR_STOP=1", "postgresql://postgres:notasecret@127.0.0.1/postgres"];
  const ask = async (statements: readonly string[]) =>
    exec(container.id, [...psql, ...statements.flatMap((sql) => ["-c", sql])]);
  try {
    await container.start();
    await until("an answer", 120, async () => (await ask(["SELECT 1"])).code === 0);
    const { code, output } = await ask(holds);
    if (code !== 0) throw new Error(output);
    await container.stop({ t: 60 });
  } finally {
    await container.remove({ force: true, v: true });
  }
}
