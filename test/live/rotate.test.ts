import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "vitest";
import { loginName } from "../../services/postgres/login.ts";
import { docker, exec } from "../tools/docker.ts";
import { json, reached, type Ready } from "../tools/http.ts";
import { Load, patientApplication } from "../tools/load.ts";
import { LiveStack } from "../tools/stack.ts";
import { until } from "../tools/wait.ts";

const backend = "attn_backend_api";
const connected = { attn_postgres: "postgres ok", attn_redis: "redis ok", "api-gateway": "http ok" };

describe("rotation of attn's passwords", () => {
  let stack: LiveStack;
  beforeAll(async () => {
    // Each application starts anew in one run, beside the former: of two cores fewer of them leave more to the load.
    const config = { replicas: { "api-gateway": 1 }, environment: { [backend]: patientApplication } };
    stack = await LiveStack.open({ system: "attn", config });
    await stack.up();
  });
  afterAll(() => stack.close());

  it("by one changed setting drops none of the requests at 50 a second, and has the old ones refused", async (t) => {
    const stores = await ids("attn_postgres", "attn_redis");
    const load = Load.start({ url: stack.url, perSecond: 50, get: "/ready", post: "/items" });
    await load.reach(100);
    const { seconds } = await rotateTo(2);
    const last = await lastTaken(1);
    const report = await load.stop();
    await t.annotate(`up took ${seconds.toFixed(1)} s; old last taken ${JSON.stringify(last)} s after it`);
    await t.annotate(`load: ${JSON.stringify(report)}`);
    assert.deepEqual(report.failures, {});
    for (const [secret, after] of Object.entries(last)) assert.ok(after <= 60, `${secret}: ${after} s`);
    assert.deepEqual(reached(await json<Ready>(`${stack.url}/ready`)), connected);
    assert.deepEqual(await ids("attn_postgres", "attn_redis"), stores, "no store started anew");
    assert.deepEqual(await takes(2), { postgres: true, superuser: true, redis: true });
  });

  it("has nothing to do then", async () => {
    assert.deepEqual(Object.keys((await stack.up()).changes), ["same"]);
  });

  it("goes on where a release failed after the database had its new login", async () => {
    const health = { [backend]: { health: "/nowhere", startSeconds: 8 } };
    await stack.set({ override: health });
    const { ok } = await rotate(3);
    assert.equal(ok, false);
    assert.deepEqual(reached(await json<Ready>(`${stack.url}/ready`)), connected);
    assert.deepEqual(await takes(2), { postgres: true, superuser: false, redis: true });
    assert.deepEqual(await takes(3), { postgres: true, superuser: true, redis: true });
    await stack.set({ override: {} });
    await stack.up();
    assert.deepEqual(reached(await json<Ready>(`${stack.url}/ready`)), connected);
  });

  it("outlives a restart of both stores while the old ones are still to be refused", async () => {
    for (const store of ["attn_postgres", "attn_redis"]) {
      const [container] = await stack.containers(store);
      assert.ok(container);
      await docker.getContainer(container.id).restart();
    }
    await until("connected", 120, async () => {
      const { dependencies } = await json<Ready>(`${stack.url}/ready`);
      return dependencies.every(({ ok }) => ok);
    });
    await lastTaken(2);
    assert.deepEqual(await takes(3), { postgres: true, superuser: true, redis: true });
  });

  async function rotate(counter: number) {
    const secrets = ["attn_postgres-password", "attn_postgres-superuser-password", "attn_redis-password"];
    await stack.set({ rotate: Object.fromEntries(secrets.map((secret) => [secret, counter])) });
    return stack.run("up");
  }

  async function rotateTo(counter: number) {
    const reply = await rotate(counter);
    assert.ok(reply.ok, reply.output);
    return reply;
  }

  /**
   * Waits until each store refuses the passwords of this generation, and gives the seconds from now after which the last try
   * began that one took: how long a try takes is this machine's.
   */
  async function lastTaken(counter: number): Promise<Record<string, number>> {
    const began = performance.now();
    const last: Record<string, number> = {};
    const secrets = await stack.secrets();
    await until("the old ones are refused", 150, async () => {
      const passed = Math.round((performance.now() - began) / 100) / 10;
      const now = Object.entries(await takes(counter, secrets));
      for (const [secret, taken] of now) if (taken) last[secret] = passed;
      return now.every(([, taken]) => !taken);
    });
    return last;
  }

  /** Whether a new connection with the password of this generation is taken, over the network as applications come. */
  async function takes(
    counter: number,
    known?: Record<string, string>,
  ): Promise<Record<"postgres" | "superuser" | "redis", boolean>> {
    const secrets = known ?? (await stack.secrets());
    const secret = (name: string) => secrets[counter === 1 ? name : `${name}.${counter}`] ?? "";
    const psql = async (user: string, password: string) => {
      const url = `postgresql://${user}:${password}@attn_postgres/attn`;
      const { code, output } = await inside("attn_postgres", ["psql", url, "-Atc", "SELECT 1"]);
      assert.ok(code === 0 || /authentication failed|not permitted to log in/.test(output), output);
      return code === 0;
    };
    const login = loginName({ role: "attn", counter });
    const redis = [
      "redis-cli",
      "-h",
      "attn_redis",
      "-a",
      secret("attn_redis-password"),
      "--no-auth-warning",
      "ping",
    ];
    const [postgres, superuser, pong] = await Promise.all([
      psql(login, secret("attn_postgres-password")),
      psql("postgres", secret("attn_postgres-superuser-password")),
      inside("attn_redis", redis),
    ]);
    return { postgres, superuser, redis: /^PONG$/m.test(pong.output) };
  }

  async function inside(service: string, command: string[]) {
    const [container] = await stack.containers(service);
    assert.ok(container, `${service} runs`);
    return exec(container.id, command);
  }

  async function ids(...services: string[]) {
    return Promise.all(services.map((service) => stack.containers(service)));
  }
});
