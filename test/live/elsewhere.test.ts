import assert from "node:assert/strict";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { docker, exec } from "../tools/docker.ts";
import { json, post, reached, type Ready } from "../tools/http.ts";
import { prepareImages } from "../tools/prepare.ts";
import { LiveStack } from "../tools/stack.ts";
import { until } from "../tools/wait.ts";
import { selfSigned } from "./selfSigned.ts";

const password = "p@ss/%";
const written = encodeURIComponent(password);

/** With a certificate of its own, which the image's own entry point knows nothing of. */
const withTls = `openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=db -keyout /tmp/key -out /tmp/chain 2>/dev/null
chown postgres /tmp/key /tmp/chain && chmod 600 /tmp/key
exec docker-entrypoint.sh postgres -c ssl=on -c ssl_cert_file=/tmp/chain -c ssl_key_file=/tmp/key`;

/** By TLS alone, with a user of its own. */
const redisWithTls = `printf %s "$KEY" > /tmp/key; printf %s "$CHAIN" > /tmp/chain
exec redis-server --port 0 --tls-port 6379 --tls-cert-file /tmp/chain --tls-key-file /tmp/key --tls-auth-clients no --protected-mode no \\
  --user app on ">$PASSWORD" "~*" "&*" +@all`;

/** PostgreSQL and Redis that somebody else runs: Docker's images as they are, at an address of this machine. */
class Elsewhere implements AsyncDisposable {
  readonly #ids: string[] = [];
  postgres = "";
  redis = "";

  private constructor(
    readonly address: string,
    readonly sockets: string,
  ) {}

  static async start(): Promise<Elsewhere> {
    await prepareImages(["postgres:15", "redis:7"]);
    const { IPAM } = (await docker.getNetwork("bridge").inspect()) as {
      IPAM: { Config: { Gateway?: string }[] };
    };
    const address = IPAM.Config.find(({ Gateway }) => Gateway !== undefined)?.Gateway ?? "172.17.0.1";
    const sockets = await mkdtemp(join(tmpdir(), "berth-sockets-"));
    // The server's own user makes its socket there.
    await chmod(sockets, 0o777);
    const made = new Elsewhere(address, sockets);
    try {
      made.postgres = await made.#run(5432, {
        Image: "postgres:15",
        Entrypoint: ["bash", "-c", withTls],
        Env: ["POSTGRES_USER=owner", "POSTGRES_DB=places", `POSTGRES_PASSWORD=${password}`],
        HostConfig: { Binds: [`${sockets}:/var/run/postgresql`] },
      });
      const { key, chain } = await selfSigned("cache");
      made.redis = await made.#run(6379, {
        Image: "redis:7",
        Entrypoint: ["sh", "-c", redisWithTls],
        Env: [`KEY=${key}`, `CHAIN=${chain}`, `PASSWORD=${password}`],
      });
      await until("PostgreSQL serves", 180, async () => (await made.query("SELECT 1")) === "1");
      return made;
    } catch (error) {
      await made[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #run(port: number, options: Parameters<typeof docker.createContainer>[0]): Promise<string> {
    const container = await docker.createContainer({
      ...options,
      Labels: { "berth.test": "elsewhere" },
      ExposedPorts: { [`${port}/tcp`]: {} },
      HostConfig: {
        ...options.HostConfig,
        PortBindings: { [`${port}/tcp`]: [{ HostIp: this.address, HostPort: "" }] },
      },
    });
    this.#ids.push(container.id);
    await container.start();
    return container.id;
  }

  /** Where this machine has a container's port. */
  async port(id: string): Promise<string> {
    const { NetworkSettings } = await docker.getContainer(id).inspect();
    return Object.values(NetworkSettings.Ports)[0]?.[0]?.HostPort ?? "";
  }

  /** What the database says over TCP, which its own set-up doesn't listen on. */
  async query(sql: string): Promise<string> {
    const words = ["psql", `postgresql://owner:${written}@127.0.0.1/places`, "-Atc", sql];
    return (await exec(this.postgres, words)).output.trim();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const id of this.#ids) await docker.getContainer(id).remove({ force: true, v: true });
    await rm(this.sockets, { recursive: true, force: true });
  }
}

describe("a database and a cache that somebody else runs", () => {
  let elsewhere: Elsewhere;
  let stack: LiveStack;
  beforeAll(async () => {
    elsewhere = await Elsewhere.start();
    const { address } = elsewhere;
    const [postgres, redis] = await Promise.all([
      elsewhere.port(elsewhere.postgres),
      elsewhere.port(elsewhere.redis),
    ]);
    stack = await LiveStack.open({
      system: "loc8",
      config: {
        external: {
          // The first of its hosts isn't there.
          postgres: `postgresql://owner:${written}@${address}:9,${address}:${postgres}/places?sslmode=require&target_session_attrs=read-write`,
          // Its certificate is its own, as a hoster's often is.
          redis: `rediss://app:${written}@${address}:${redis}/3?ssl_cert_reqs=none`,
        },
      },
    });
  });
  afterAll(async () => {
    await (stack as LiveStack | undefined)?.close();
    await (elsewhere as Elsewhere | undefined)?.[Symbol.asyncDispose]();
  });

  it("are used by a system, over TLS, with signs in their passwords, and the host that is there", async () => {
    await stack.up();
    for (const service of ["postgres", "redis"]) assert.deepEqual(await stack.containers(service), []);
    const ready = await until("ready", 60, () => json<Ready>(`${stack.url}/api/ready`));
    const { address } = elsewhere;
    assert.deepEqual(reached(ready), { [`${address},${address}`]: "postgres ok", [address]: "redis ok" });
    await post(`${stack.url}/api/items`, { text: "elsewhere" });
    assert.equal(await elsewhere.query("SELECT count(*) FROM items WHERE text = 'elsewhere'"), "1");
    const secured = await elsewhere.query(
      "SELECT count(*) > 0, bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE client_addr <> '127.0.0.1'",
    );
    assert.equal(secured, "t|t");
  });

  it("are no change the second time", async () => {
    assert.deepEqual(Object.keys((await stack.up()).changes), ["same"]);
  });
});

describe("a database at a socket of the machine", () => {
  let elsewhere: Elsewhere;
  let stack: LiveStack;
  beforeAll(async () => {
    elsewhere = await Elsewhere.start();
    const postgres = `postgresql:///places?host=${elsewhere.sockets}&user=owner`;
    stack = await LiveStack.open({
      system: "docsai",
      config: { external: { postgres }, replicas: { app: 1 } },
    });
  });
  afterAll(async () => {
    await (stack as LiveStack | undefined)?.close();
    await (elsewhere as Elsewhere | undefined)?.[Symbol.asyncDispose]();
  });

  it("is used by a Django system, whose jobs find it too", async () => {
    await stack.up();
    const ready = await until("ready", 60, () => json<Ready>(`${stack.url}/api/ready`));
    assert.equal(Object.values(reached(ready)).includes("postgres ok"), true, JSON.stringify(ready));
    assert.equal(await elsewhere.query("SELECT count(*) > 0 FROM django_migrations"), "t");
  });
});
