import assert from "node:assert/strict";
import type { TestContext } from "vitest";
import { accessKey, rootUser } from "../../services/objectStore/keys.ts";
import { loginName } from "../../services/postgres/login.ts";
import { exec } from "../tools/docker.ts";
import { json } from "../tools/http.ts";
import { Load, type LoadOptions, type LoadReport } from "../tools/load.ts";
import type { LiveStack } from "../tools/stack.ts";
import { Visitor } from "../tools/visitor.ts";
import { until } from "../tools/wait.ts";
import { session } from "./djangoSession.ts";

/** Whether whoever comes anew with this value of a secret is let in; `counter` says which of its values it is. */
export type Login = (value: string, counter: number) => Promise<boolean>;
export type Logins = Record<string, Login>;

export interface Rotated {
  stack: LiveStack;
  /** How each secret that is rotated is tried, by its name. */
  logins: Logins;
  load: Omit<LoadOptions, "perSecond">;
  /** Counters that the stack's secrets have so far. @default 1 each */
  counters?: Record<string, number>;
  /** Those of which the value before goes on beside the new one, and the one before that is refused. @default none */
  overlapping?: readonly string[];
  /** Further settings that the same run takes. */
  config?: Record<string, unknown>;
}

/** What a rotation was seen to do. */
export interface Rotation {
  /** Seconds of the run. */
  seconds: number;
  /** Of each secret, by when after the run's end the last try began that took a former value; none where no such try did. */
  last: Record<string, number>;
  report: LoadReport;
  /** As the stack has them now. */
  counters: Record<string, number>;
}

/** The longest that a former value may be taken after the run. */
const mostSeconds = 60;

/**
 * Rotates secrets of a system that serves 50 requests a second, and waits until each former value is refused, then tries
 * each new one. Before it each is taken and a wrong one refused.
 *
 * @throws when a former value is taken for longer than a minute
 */
export async function rotate(rotated: Rotated): Promise<Rotation> {
  const { stack, logins, config = {}, counters: before = {}, overlapping = [] } = rotated;
  const names = Object.keys(logins);
  const now = (name: string) => before[name] ?? 1;
  const taken = async (tried: readonly string[], generation: (name: string) => number, wrong = "") => {
    const secrets = await stack.secrets();
    const tries = tried.map(async (name) => {
      const number = generation(name);
      const value = secrets[number === 1 ? name : `${name}.${number}`] ?? "";
      assert.notEqual(value, "", `${name} has a value ${number}`);
      return [name, await logins[name]?.(`${value}${wrong}`, number)] as const;
    });
    return Object.fromEntries(await Promise.all(tries));
  };
  const all = (which: readonly string[], is: boolean) => Object.fromEntries(which.map((name) => [name, is]));
  assert.deepEqual(await taken(names, now), all(names, true));
  assert.deepEqual(await taken(names, now, "x"), all(names, false), "a wrong one is refused");
  const load = Load.start({ ...rotated.load, perSecond: 50 });
  try {
    await load.reach(100);
    const counters = { ...before, ...Object.fromEntries(names.map((name) => [name, now(name) + 1])) };
    await stack.set({ ...config, rotate: counters });
    const { seconds } = await stack.up();
    const began = performance.now();
    const former = (name: string) => (overlapping.includes(name) ? now(name) - 1 : now(name));
    const refused = names.filter((name) => former(name) > 0);
    // By when a try began: how long it takes is this machine's.
    const last: Record<string, number> = {};
    let left: readonly string[] = refused;
    await until("the former ones are refused", 150, async () => {
      const passed = Math.round((performance.now() - began) / 100) / 10;
      const found = await taken(left, former);
      left = left.filter((name) => found[name] !== false);
      for (const name of left) last[name] = passed;
      return left.length === 0;
    });
    const report = await load.stop();
    for (const [name, passed] of Object.entries(last))
      assert.ok(passed <= mostSeconds, `${name}: ${passed} s`);
    assert.deepEqual(await taken(refused, former), all(refused, false), "they stay refused");
    assert.deepEqual(await taken(overlapping, now), all(overlapping, true), "the one before goes on");
    assert.deepEqual(await taken(names, (name) => now(name) + 1), all(names, true));
    return { seconds, last, report, counters };
  } finally {
    await load.stop();
  }
}

/** As {@link rotate} does, and none of the requests may fail. */
export async function assertRotated(t: TestContext, rotated: Rotated): Promise<Rotation> {
  const rotation = await rotate(rotated);
  const { seconds, last, report } = rotation;
  await t.annotate(`up took ${seconds.toFixed(1)} s; last taken ${JSON.stringify(last)} s after it`);
  await t.annotate(`load: ${JSON.stringify(report)}`);
  assert.deepEqual(report.failures, {}, report.examples.join("\n"));
  return rotation;
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
): Logins {
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

export function redisLogin(stack: LiveStack, name: string): Logins {
  return {
    [`${name}-password`]: async (value) => {
      const words = ["redis-cli", "-h", name, "-a", value, "--no-auth-warning", "ping"];
      const { output } = await inside(stack, name, words);
      assert.match(output, /^PONG$|WRONGPASS|NOAUTH/m);
      return /^PONG$/m.test(output);
    },
  };
}

/** Signed requests to a store, from a proxy, whose image has curl: an application's to its bucket, the administrator's. */
export function bucketLogins(
  stack: LiveStack,
  { name, user, url, client }: { name: string; user: string; url: string; client: string },
): Logins {
  const letIn = async (key: string, value: string, what: string) => {
    const signed = ["--user", `${key}:${value}`, "--aws-sigv4", "aws:amz:us-east-1:s3"];
    const shown = ["-sS", "-m", "10", "-o", "/dev/null", "-w", "%{http_code}"];
    const { output } = await inside(stack, client, ["curl", ...shown, ...signed, what]);
    assert.match(output, /^(200|403)$/);
    return output === "200";
  };
  return {
    [`${name}-secret-key`]: (value, counter) => letIn(accessKey({ user, counter }), value, url),
    [`${name}-root-password`]: (value) =>
      letIn(rootUser(user), value, new URL("/minio/admin/v3/groups", url).href),
  };
}

/** DocsAI's administrator, who logs in as a person does, and a session that is signed by its key. */
export function djangoLogins(stack: LiveStack, administrator: string): Logins {
  const visited = 41;
  return {
    "superuser-password": async (password) => {
      const fields = { username: administrator, password };
      const answer = await new Visitor(stack.url).form("/admin/login/", fields);
      const page = await answer.text();
      if (answer.status === 302) return true;
      assert.match(page, /Please enter the correct username and password/);
      return false;
    },
    "app-secret-key": async (value) => {
      const { key, sql } = session({ visits: visited }, value);
      const psql = ["psql", "-h", "/var/run/postgresql", "-U", "postgres", "-d", "docsai", "-c", sql];
      const { code, output } = await inside(stack, "postgres", psql);
      assert.equal(code, 0, output);
      const headers = { cookie: `sessionid=${key}` };
      const { visits } = await json<{ visits: number }>(`${stack.url}/visits`, { headers });
      assert.ok([1, visited + 1].includes(visits), `${visits} visits`);
      return visits !== 1;
    },
  };
}

/** restic opens the repository, or says that it has no such key. */
export function backupLogin(stack: LiveStack): Logins {
  const restic = "/run/berth-restic/restic --no-lock --password-file /dev/stdin cat config";
  return {
    "backup-password": async (value) => {
      const { code, output } = await inside(stack, "backup", [
        "sh",
        "-c",
        `printf %s "$0" | ${restic}`,
        value,
      ]);
      assert.ok(code === 0 || /wrong password|no key found/.test(output), output);
      return code === 0;
    },
  };
}

/** Somebody who reads Grafana's page of himself, through the proxy. */
export function grafanaLogin(stack: LiveStack): Logins {
  return {
    "grafana-password": async (value) => {
      const authorization = `Basic ${Buffer.from(`admin:${value}`).toString("base64")}`;
      const { status } = await fetch(`${stack.url}/grafana/api/user`, { headers: { authorization } });
      assert.ok([200, 401].includes(status), `answered ${status}`);
      return status === 200;
    },
  };
}

/** A secret of an owner's own: whether a running container of the service is handed this value. */
export function handedLogin(
  stack: LiveStack,
  { name, service, variable }: { name: string; service: string; variable: string },
): Logins {
  return {
    [name]: async (value) => {
      const containers = await stack.containers(service);
      assert.notEqual(containers.length, 0, `${service} runs`);
      const held = containers.map(async ({ id }) => {
        const { code, output } = await exec(id, ["sh", "-c", `cat "$${variable}_FILE"`]);
        assert.equal(code, 0, output);
        return output.trim();
      });
      return (await Promise.all(held)).includes(value);
    },
  };
}

/** Only these of them. */
export function only(logins: Logins, names: readonly string[]): Logins {
  return Object.fromEntries(Object.entries(logins).filter(([name]) => names.includes(name)));
}

export async function inside(stack: LiveStack, service: string, command: string[]) {
  const [container] = await stack.containers(service);
  assert.ok(container, `${service} runs`);
  return exec(container.id, command);
}
