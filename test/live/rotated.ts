import assert from "node:assert/strict";
import type { TestContext } from "vitest";
import { loginName } from "../../services/postgres/login.ts";
import { exec } from "../tools/docker.ts";
import { Load, type LoadOptions } from "../tools/load.ts";
import type { LiveStack } from "../tools/stack.ts";
import { until } from "../tools/wait.ts";

/** Whether whoever comes anew with this value of a secret is let in; `counter` says which of its values it is. */
export type Login = (value: string, counter: number) => Promise<boolean>;

export interface Rotated {
  stack: LiveStack;
  /** How each secret that is rotated is tried, by its name. */
  logins: Record<string, Login>;
  load: Omit<LoadOptions, "perSecond">;
  /** Further ones that the same run rotates, tried by the caller. @default none */
  beside?: readonly string[];
  /** Counters that these secrets have so far. @default 1 */
  counter?: number;
  /** Further settings that the same run takes. */
  config?: Record<string, unknown>;
}

/**
 * Rotates secrets of a system that serves 50 requests a second: none fails, each new value is taken, and each former one
 * is refused within a minute of the run's end. Before it each is taken and a wrong one refused.
 */
export async function assertRotated(t: TestContext, rotated: Rotated): Promise<void> {
  const { stack, logins, config = {}, beside = [], counter = 1 } = rotated;
  const names = Object.keys(logins);
  const taken = async (generation: number, wrong = "", known?: Record<string, string>) => {
    const secrets = known ?? (await stack.secrets());
    const tried = names.map(async (name) => {
      const value = secrets[generation === 1 ? name : `${name}.${generation}`] ?? "";
      assert.notEqual(value, "", `${name} has a value ${generation}`);
      return [name, await logins[name]?.(`${value}${wrong}`, generation)] as const;
    });
    return Object.fromEntries(await Promise.all(tried));
  };
  const all = (is: boolean) => Object.fromEntries(names.map((name) => [name, is]));
  assert.deepEqual(await taken(counter), all(true));
  assert.deepEqual(await taken(counter, "x"), all(false), "a wrong one is refused");
  const load = Load.start({ ...rotated.load, perSecond: 50 });
  await load.reach(100);
  const rotate = Object.fromEntries([...names, ...beside].map((name) => [name, counter + 1]));
  await stack.set({ ...config, rotate });
  const { seconds } = await stack.up();
  const began = performance.now();
  const secrets = await stack.secrets();
  // By when a try began: how long it takes is this machine's.
  const last: Record<string, number> = {};
  await until("the former ones are refused", 150, async () => {
    const passed = Math.round((performance.now() - began) / 100) / 10;
    const now = Object.entries(await taken(counter, "", secrets));
    for (const [name, is] of now) if (is !== false) last[name] = passed;
    return now.every(([, is]) => is === false);
  });
  const report = await load.stop();
  await t.annotate(`up took ${seconds.toFixed(1)} s; last taken ${JSON.stringify(last)} s after it`);
  await t.annotate(`load: ${JSON.stringify(report)}`);
  assert.deepEqual(report.failures, {}, report.examples.join("\n"));
  for (const [name, passed] of Object.entries(last)) assert.ok(passed <= 60, `${name}: ${passed} s`);
  assert.deepEqual(await taken(counter + 1), all(true));
}

/** Logins of a PostgreSQL as its clients come, over the network: its application's, its superuser's, its exporter's. */
export function postgresLogins(
  stack: LiveStack,
  {
    name,
    database,
    role,
    watched = false,
  }: { name: string; database: string; role: string; watched?: boolean },
): Record<string, Login> {
  const psql = async (user: string, password: string) => {
    const url = `postgresql://${user}:${password}@${name}/${database}`;
    const { code, output } = await inside(stack, name, ["psql", url, "-Atc", "SELECT 1"]);
    assert.ok(code === 0 || /authentication failed|not permitted to log in/.test(output), output);
    return code === 0;
  };
  return {
    [`${name}-password`]: (value, counter) => psql(loginName({ role, counter }), value),
    [`${name}-superuser-password`]: (value) => psql("postgres", value),
    ...(watched && { [`${name}-monitoring-password`]: (value: string) => psql("monitoring", value) }),
  };
}

export function redisLogin(stack: LiveStack, name: string): Record<string, Login> {
  return {
    [`${name}-password`]: async (value) => {
      const words = ["redis-cli", "-h", name, "-a", value, "--no-auth-warning", "ping"];
      const { output } = await inside(stack, name, words);
      assert.match(output, /^PONG$|WRONGPASS|NOAUTH/m);
      return /^PONG$/m.test(output);
    },
  };
}

/** A signed request to a bucket, from a proxy, whose image has curl. */
export function bucketLogin(
  stack: LiveStack,
  { name, key, url, client }: { name: string; key: string; url: string; client: string },
): Record<string, Login> {
  return {
    [`${name}-secret-key`]: async (value) => {
      const signed = ["--user", `${key}:${value}`, "--aws-sigv4", "aws:amz:us-east-1:s3"];
      const shown = ["-sS", "-m", "10", "-o", "/dev/null", "-w", "%{http_code}"];
      const { output } = await inside(stack, client, ["curl", ...shown, ...signed, url]);
      assert.match(output, /^(200|403)$/);
      return output === "200";
    },
  };
}

async function inside(stack: LiveStack, service: string, command: string[]) {
  const [container] = await stack.containers(service);
  assert.ok(container, `${service} runs`);
  return exec(container.id, command);
}
