import assert from "node:assert/strict";
import { join } from "node:path";
import { accessKey } from "../services/objectStore/keys.ts";
import type { SystemName } from "../systems/index.ts";
import { grafanaStandin } from "../test/live/grafana.ts";
import {
  backupLogin,
  bucketLogins,
  djangoLogins,
  grafanaLogin,
  handedLogin,
  inside,
  postgresLogins,
  redisLogin,
  type Logins,
} from "../test/live/rotated.ts";
import { json, post } from "../test/tools/http.ts";
import { form, patientApplication, type LoadOptions } from "../test/tools/load.ts";
import type { LiveStack } from "../test/tools/stack.ts";
import { Visitor } from "../test/tools/visitor.ts";
import { sleep, until } from "../test/tools/wait.ts";

/** A system of which every secret is rotated. */
export interface RotatedSystem {
  /** Settings; `folder` is for what it keeps on this machine. */
  config: (folder: string) => Promise<Record<string, unknown>>;
  rig: (stack: LiveStack) => Rig;
}

export interface Rig {
  load: Omit<LoadOptions, "perSecond"> & { get: string };
  logins: Logins;
  /** Those that are rotated by their names alone. */
  named: string[];
  overlapping?: string[];
  stores: string[];
  /** Rows that POSTs have made. */
  count(): Promise<number>;
  /** Keeps something, and gives what checks that it is there yet. */
  kept(): Promise<(counters: Record<string, number>) => Promise<void>>;
}

/** What reads numbers, and the exporter that logs in, without the rest: of two cores more is left. */
const watched = {
  monitoring: true,
  optional: {
    ...{ alertmanager: false, grafana: false },
    ...{ cadvisor: false, "node-exporter": false },
  },
};
const plenty = { requests: 100_000, burst: 100_000 };

export const rotatedSystems: Record<SystemName, RotatedSystem> = {
  attn: {
    config: () => Promise.resolve({ ...watched, environment: patient("attn_backend_api", "api-gateway") }),
    rig: (stack) => ({
      load: { url: stack.url, get: "/ready", post: "/items" },
      logins: {
        ...postgresLogins(stack, { name: "attn_postgres", database: "attn", role: "attn", watched: true }),
        ...redisLogin(stack, "attn_redis"),
        ...backupLogin(stack),
      },
      named: ["backup-password"],
      stores: ["attn_postgres", "attn_redis"],
      count: () => items(`${stack.url}/items`),
      kept: () => keptInRedis(stack, "attn_redis"),
    }),
  },
  loc8: {
    config: () =>
      Promise.resolve({
        ...watched,
        environment: patient("backend"),
        secrets: { backend: { API_KEY: "generate" } },
      }),
    rig: (stack) => ({
      load: { url: stack.url, get: "/api/ready", post: "/api/items" },
      logins: {
        ...postgresLogins(stack, { name: "postgres", database: "loc8", role: "loc8", watched: true }),
        ...redisLogin(stack, "redis"),
        ...backupLogin(stack),
        ...handedLogin(stack, { name: "backend-api-key", service: "backend", variable: "API_KEY" }),
      },
      named: ["backup-password", "backend-api-key"],
      stores: ["postgres", "redis"],
      count: () => items(`${stack.url}/api/items`),
      kept: () => keptInRedis(stack, "redis"),
    }),
  },
  vru: {
    config: async (folder) => ({
      dataRoot: join(folder, "platform"),
      optional: { ...watched.optional, grafana: undefined },
      images: { grafana: await grafanaStandin() },
      environment: patient("api-gateway", "ml-engine", "camera-service", "validation-engine"),
    }),
    rig: (stack) => ({
      load: { url: stack.url, get: "/api/ready", post: "/api/items" },
      logins: {
        ...postgresLogins(stack, { name: "postgres", database: "vru", role: "vru", watched: true }),
        ...redisLogin(stack, "redis"),
        ...grafanaLogin(stack),
        ...backupLogin(stack),
      },
      named: ["backup-password"],
      stores: ["postgres", "redis"],
      count: () => items(`${stack.url}/api/items`),
      kept: () => keptInRedis(stack, "redis"),
    }),
  },
  docsai: {
    config: () =>
      Promise.resolve({
        superuser: "admin",
        rates: { rest: plenty, api: plenty },
      }),
    rig: (stack) => ({
      load: { url: stack.url, get: "/ready", post: "/api/documents", body: form("title") },
      logins: {
        ...postgresLogins(stack, { name: "postgres", database: "docsai", role: "docsai_user" }),
        ...djangoLogins(stack, "admin"),
        ...backupLogin(stack),
      },
      named: ["backup-password"],
      overlapping: ["app-secret-key"],
      stores: ["postgres"],
      count: () => items(`${stack.url}/api/documents`),
      kept: () => keptByDocsai(stack),
    }),
  },
  arv: {
    config: () =>
      Promise.resolve({
        ...watched,
        rates: { api: plenty, client: plenty },
        environment: patient("app"),
      }),
    rig: (stack) => ({
      // The first asks the object store too.
      load: { url: stack.url, get: "/api/ready", post: "/api/items" },
      logins: {
        ...postgresLogins(stack, { name: "postgres", database: "arv", role: "arv", watched: true }),
        ...redisLogin(stack, "redis"),
        ...bucketLogins(stack, bucket),
        ...backupLogin(stack),
      },
      named: ["backup-password", "minio-root-password"],
      stores: ["postgres", "redis", "minio"],
      count: () => items(`${stack.url}/api/items`),
      kept: () => keptByArv(stack),
    }),
  },
};

const bucket = {
  name: "minio",
  user: "berth-arv",
  url: "http://minio:9000/vertex-ar?list-type=2",
  client: "nginx",
};

function patient(...services: string[]): Record<string, typeof patientApplication> {
  return Object.fromEntries(services.map((service) => [service, patientApplication]));
}

async function items(url: string): Promise<number> {
  return (await json<{ count: number }>(url)).count;
}

/** A word in Redis, read by the password of the day. */
async function keptInRedis(stack: LiveStack, name: string) {
  const cli = async (counter: number, ...words: string[]) => {
    const own = `${name}-password`;
    const password = (await stack.secrets())[counter === 1 ? own : `${own}.${counter}`] ?? "";
    const login = ["redis-cli", "-h", name, "-a", password, "--no-auth-warning"];
    return (await inside(stack, name, [...login, ...words])).output.trim();
  };
  assert.equal(await cli(1, "set", "rotation", "kept"), "OK");
  return async (counters: Record<string, number>) => {
    assert.equal(await cli(counters[`${name}-password`] ?? 1, "get", "rotation"), "kept");
  };
}

/** A file, and a visitor who isn't forgotten so long as he comes once between two rotations of the key. */
async function keptByDocsai(stack: LiveStack) {
  const body = new FormData();
  body.set("title", "Kept");
  body.set("file", new File([Buffer.alloc(300_000, "kept")], "kept.txt"));
  const { url } = await json<{ url: string }>(`${stack.url}/api/documents`, { method: "POST", body });
  const [visitor, idle] = [new Visitor(stack.url), new Visitor(stack.url)];
  const visits = async (who: Visitor) =>
    ((await (await who.get("/visits")).json()) as { visits: number }).visits;
  let expected = 1;
  assert.deepEqual([await visits(visitor), await visits(idle)], [1, 1]);
  return async (counters: Record<string, number>) => {
    const file = Buffer.from(await (await fetch(stack.url + url)).arrayBuffer());
    assert.ok(file.equals(Buffer.alloc(300_000, "kept")), "the file is as it was");
    assert.equal(await visits(visitor), ++expected);
    if (counters["app-secret-key"] === 3) assert.equal(await visits(idle), 1);
  };
}

/** Work that goes on meanwhile, of which each task is done once and each marker there. */
async function keptByArv(stack: LiveStack) {
  const redis = await keptInRedis(stack, "redis");
  const queues = ["markers", "notifications", "default"];
  const sent: string[] = [];
  let failed = 0;
  let number = 0;
  const over = new AbortController();
  process.once("exit", () => {
    over.abort();
  });
  const trickle = async () => {
    while (!over.signal.aborted) {
      const payload = { content: `rotation-${number}`, seconds: 1 };
      const queue = queues[number++ % queues.length];
      const taken = await post<{ tasks: string[] }>(`${stack.url}/api/tasks`, { queue, payload }).catch(
        () => undefined,
      );
      if (taken === undefined) failed++;
      else sent.push(...taken.tasks);
      await sleep(1);
    }
  };
  const going = trickle();
  let checks = 0;
  return async (counters: Record<string, number>) => {
    await redis(counters);
    // Until after the second rotation.
    if (++checks < 2) return;
    over.abort();
    await going;
    assert.equal(failed, 0, `${failed} tasks were refused`);
    const state = () =>
      json<{ queues: Record<string, { open: number; done: number }>; done_twice: number }>(
        `${stack.url}/api/queues`,
      );
    await until("every task is done", 400, async () => {
      const found = Object.values((await state()).queues);
      return found.every(({ open }) => open === 0);
    });
    const { queues: found, done_twice: twice } = await state();
    const done = Object.values(found).reduce((sum, each) => sum + each.done, 0);
    assert.deepEqual({ done, twice }, { done: sent.length, twice: 0 });
    const own = "minio-secret-key";
    const secret = (await stack.secrets())[`${own}.${counters[own]}`] ?? "";
    const key = accessKey({ user: bucket.user, counter: counters[own] ?? 1 });
    const signed = ["--user", `${key}:${secret}`, "--aws-sigv4", "aws:amz:us-east-1:s3"];
    for (let one = 0; one < number; one += queues.length) {
      const object = `http://minio:9000/vertex-ar/markers/rotation-${one}.svg`;
      const { output } = await inside(stack, bucket.client, ["curl", "-sS", "-m", "10", ...signed, object]);
      assert.match(output, /^<svg /, object);
    }
    console.log(`arv: ${sent.length} tasks beside it, each done once, each marker there`);
  };
}
