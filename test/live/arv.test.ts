import assert from "node:assert/strict";
import { randomBytes, createHash } from "node:crypto";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, it } from "vitest";
import { waitingWork } from "../../cli/docker/queues.ts";
import { arv } from "../../systems/arv.ts";
import { openTunnel } from "../../cli/docker/tunnel.ts";
import { camera, findBrowser, showsConnected, visit } from "../tools/browser.ts";
import { docker, exec, inspect, log, pause } from "../tools/docker.ts";
import { json, post, reached, status, type Ready } from "../tools/http.ts";
import { Load, patientApplication } from "../tools/load.ts";
import { release, removeReleases } from "../tools/release.ts";
import { filesBelow, leaks } from "../tools/secrets.ts";
import { LiveStack } from "../tools/stack.ts";
import { sleep, until } from "../tools/wait.ts";
import { assertConfined } from "./confined.ts";
import { OtherProgram } from "./otherProgram.ts";
import { assertRotated, bucketLogins, only } from "./rotated.ts";
import { idOf, rows, verdict } from "./rows.ts";
import { assertNoDrift, assertVerified } from "./verified.ts";
import { ask } from "./wire.ts";

const queues = ["markers", "notifications", "default"] as const;

interface Queues {
  queues: Record<string, { waiting: number; open: number; done: number }>;
  done_twice: number;
}

describe("arv", () => {
  let stack: LiveStack;
  /** The inner listener that answers for the application, which no rate limits. */
  let inside: string;
  let consolePassword: string;
  let first: string;
  beforeAll(async () => {
    stack = await LiveStack.open({ system: "arv", config: { environment: { app: patientApplication } } });
    // One of our own: what others build under the common name meanwhile is no change of ours.
    first = await release("berth/reference-app:1", "arv-first");
    await use(stack, first);
  });
  afterAll(async () => {
    await stack.close();
    await removeReleases();
  });

  it("comes up from nothing: migrated, seeded, with its bucket", async (t) => {
    const { seconds, outputs } = await stack.up();
    await t.annotate(`first up took ${seconds.toFixed(1)} s`);
    assert.deepEqual(outputs.endpoints, { app: "http://app:8000" });
    const secrets = outputs.secrets as Record<string, string>;
    consolePassword = secrets["object store, berth-arv-root"] ?? "";
    assert.match(consolePassword, /^[A-Za-z0-9]{40}$/);
    const ready = await until("ready", 120, () => json<Ready>(`${stack.url}/api/health/readiness`));
    assert.deepEqual(reached(ready), { postgres: "postgres ok", redis: "redis ok", minio: "s3 ok" });
    inside = `http://${await addressOf(stack, "nginx")}:8000`;
  });

  it("is found well, line by line, by berth verify", () => assertVerified(stack));

  it("is found as the run left it by berth drift", () => assertNoDrift(stack));

  it("is read by another team's program, to which its passwords stay secrets", async () => {
    const consumer = await OtherProgram.open("consumer", stack);
    try {
      const { ok, output, outputs } = await consumer.up();
      assert.ok(ok, output);
      assert.deepEqual(outputs, {
        page: `${stack.url.replace("127.0.0.1", "localhost")}/`,
        network: stack.name,
        services: ["app"],
        passwords: { "object store, berth-arv-root": consolePassword },
      });
      assert.match(output, /passwords: \[secret\]/);
      const known = { console: consolePassword };
      assert.deepEqual(leaks(output, known), []);
      assert.deepEqual(leaks(await consumer.exported(), known), []);
      assert.deepEqual(leaks(Object.values(await filesBelow(consumer.folder)).join("\n"), known), []);
    } finally {
      await consumer.close();
    }
  });

  it("is asked, by a service's name, by a container of another team's program in its network", async () => {
    const config = { service: "app", path: "/api/health", image: "berth/reference-app:1" };
    const neighbour = await OtherProgram.open("neighbour", stack, config);
    try {
      const { ok, output, outputs } = await neighbour.up();
      assert.ok(ok, output);
      const { url, exitCode, answer } = outputs;
      assert.deepEqual([url, exitCode], ["http://app:8000", 0], String(answer));
      assert.equal((JSON.parse(String(answer)) as { service: string }).service, "app");
    } finally {
      await neighbour.close();
    }
  });

  it("runs exactly the containers of its table", async () => {
    const content = "/var/www/content rw";
    const own = await idOf(first);
    const app = `${own} 1000:1000 1 CPU 512 MiB healthy: /etc/berth, ${content}`;
    const worker = (cpus: number, memory: number) =>
      `${own} 1000:1000 ${cpus} CPU ${memory} MiB healthy: /etc/berth, ${content}`;
    assert.deepEqual(await rows(stack), {
      nginx: [
        `${await idOf("nginx:1.30")} 101:101 1 CPU 128 MiB healthy: /etc/berth, /run/berth rw, /var/spool/bodies rw, /var/www/content, /var/www/site`,
      ],
      app: [app, app],
      "celery-markers": [worker(1, 384)],
      "celery-notifications": [worker(0.5, 256)],
      "celery-default": [worker(0.5, 256)],
      "celery-beat": [`${own} 1000:1000 0.25 CPU 192 MiB healthy: /etc/berth, /var/lib/beat rw`],
      postgres: [
        `${await idOf("postgres:15")} 999:999 1 CPU 512 MiB healthy: /etc/berth, /var/lib/postgresql/data rw, /var/run/postgresql rw`,
      ],
      redis: [`${await idOf("redis:7")} 999:999 0.5 CPU 384 MiB healthy: /data rw, /etc/berth`],
      minio: [
        `${await idOf("quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z")} 1000:1000 1 CPU 512 MiB healthy: /data rw, /etc/berth`,
      ],
    });
  });

  it("confines every container, as the kernel has it", () => assertConfined(stack));

  it("routes every path of its table, with the right headers on every status", async () => {
    const paths = [
      "/",
      "/any/page",
      "/api/health/status",
      "/api/none",
      "/ar/none.png",
      "/docs",
      "/redoc",
      "/openapi.json",
      "/storage/none.png",
    ];
    const found: Record<string, string> = {};
    for (const path of paths) found[path] = verdict(await ask(stack.url + path));
    assert.deepEqual(found, {
      "/": "200 -",
      "/any/page": "200 -",
      "/api/health/status": "200 app",
      "/api/none": "404 app",
      "/ar/none.png": "404 app",
      "/docs": "200 app",
      "/redoc": "200 app",
      "/openapi.json": "200 app",
      "/storage/none.png": "404 -",
    });
    const cameras = ["/ar/none.png", "/"].map(async (path) => {
      const policy = (await ask(stack.url + path)).headers["permissions-policy"];
      return /camera=\(.*?\)/.exec(String(policy))?.[0];
    });
    assert.deepEqual(await Promise.all(cameras), ["camera=(self)", "camera=()"]);
    const home = await ask(`${stack.url}/`);
    assert.equal(home.headers["cache-control"], "no-cache");
    const asset = /\/assets\/[^"]+\.js/.exec(home.body)?.[0] ?? "";
    const script = await ask(stack.url + asset, { headers: { "accept-encoding": "gzip" } });
    assert.equal(script.headers["cache-control"], "public, max-age=31536000, immutable");
    assert.equal(script.headers["content-encoding"], "gzip");
  });

  it("keeps uploads of many megabytes, and serves them itself with caching headers", async () => {
    const body = randomBytes(40 * 2 ** 20);
    const url = `${stack.url}/api/contents/portrait.bin`;
    const kept = await json<{ bytes: number; sha256: string }>(url, { method: "PUT", body });
    assert.equal(kept.bytes, body.length);
    assert.equal(kept.sha256, createHash("sha256").update(body).digest("hex"));
    const served = await fetch(`${stack.url}/storage/portrait.bin`);
    assert.deepEqual(Buffer.from(await served.arrayBuffer()), body);
    assert.equal(served.headers.get("cache-control"), "public, max-age=2592000");
    assert.equal(served.headers.get("x-service"), null);
    assert.equal(verdict(await ask(`${stack.url}/ar/portrait.bin`)), "200 app");
    for (const [path, megabytes] of [
      ["/api/contents/large.bin", 501],
      ["/api/tasks", 11],
    ] as const) {
      const headers = { "content-type": "application/json", "content-length": megabytes * 2 ** 20 };
      const method = path === "/api/tasks" ? "POST" : "PUT";
      assert.equal(verdict(await ask(stack.url + path, { method, headers })), "413 -");
    }
  });

  it("shows a camera to the viewer, and to no other page", async (t) => {
    const browser = await findBrowser();
    if ("reason" in browser) return t.skip(browser.reason);
    const look = (page: Page): Promise<string> =>
      page.evaluate(
        "navigator.mediaDevices.getUserMedia({ video: true }).then((stream) => `${stream.getVideoTracks().length} track`, ({ name }) => name)",
      );
    const seen = async (path: string) =>
      (await visit(browser.path, stack.url + path, look, { flags: camera })).saw;
    assert.equal(await seen("/ar/portrait.bin"), "1 track");
    assert.equal(await seen("/any/page"), "NotAllowedError");
  });

  it("lets a client call the API 100 times a minute, with 50 at once", async () => {
    const began = performance.now();
    const answers = await Promise.all(
      Array.from({ length: 120 }, () => ask(`${stack.url}/api/health/status`)),
    );
    const seconds = (performance.now() - began) / 1000;
    const passed = answers.filter(({ status }) => status === 200).length;
    const most = 51 + Math.ceil((seconds * 100) / 60);
    assert.ok(passed >= 30 && passed <= most, `${passed} passed in ${seconds.toFixed(2)} s`);
    assert.deepEqual(new Set(answers.map(verdict)), new Set(["200 app", "429 -"]));
  });

  it("sizes its database by its memory, and its cache as the document has it", async () => {
    const [postgres] = await stack.containers("postgres");
    const show = "SHOW shared_buffers; SHOW effective_cache_size; SHOW max_connections";
    const psql = [
      "psql",
      "-h",
      "/var/run/postgresql",
      "-U",
      "postgres",
      "-tA",
      ...show.split("; ").flatMap((c) => ["-c", c]),
    ];
    const { output } = await exec(postgres?.id ?? "", psql);
    assert.deepEqual(output.trim().split("\n"), ["128MB", "341MB", "128"]);
    const [redis] = await stack.containers("redis");
    const reply = await exec(redis?.id ?? "", [
      "sh",
      "-c",
      'export REDISCLI_AUTH="$(cat /etc/berth/password)"; redis-cli config get maxmemory; redis-cli config get maxmemory-policy',
    ]);
    assert.deepEqual(reply.output.trim().split("\n"), [
      "maxmemory",
      "268435456",
      "maxmemory-policy",
      "allkeys-lru",
    ]);
  });

  it("reaches every dependency with its secret, and is refused without", async () => {
    const [app] = await stack.containers("app");
    const program = `
import os, psycopg, redis, http.client
from app import s3
from app.settings import settings, value
def attempt(name, work):
    try:
        print(name, work())
    except Exception as error:
        print(name, "refused:", str(error).strip().splitlines()[0][-40:])
d, r = settings.database, settings.redis
def pg(**more):
    with psycopg.connect(**({"host": d.host, "dbname": d.path, "user": d.user, "password": d.password, "connect_timeout": 3} | more)) as c:
        return c.execute("select current_user").fetchone()[0]
attempt("postgres", pg)
attempt("postgres wrong", lambda: pg(password="wrong"))
attempt("postgres other database", lambda: pg(dbname="postgres"))
attempt("redis", lambda: redis.Redis(r.host, r.port, password=r.password).ping())
attempt("redis without", lambda: redis.Redis(r.host, r.port).ping())
attempt("minio", lambda: (s3.store.put("probe", b"1", "text/plain"), s3.store.get("probe"))[1])
def wrong():
    store = s3.Store(os.environ["S3_ENDPOINT"], os.environ["S3_BUCKET"], value("S3_ACCESS_KEY"), "wrong", "us-east-1")
    return store.get("probe")
attempt("minio wrong", wrong)
def anonymous():
    connection = http.client.HTTPConnection("minio", 9000); connection.request("GET", "/vertex-ar/probe")
    return connection.getresponse().status
attempt("minio without", anonymous)
`;
    const { output } = await exec(app?.id ?? "", ["python", "-c", program]);
    const lines = output.trim().split("\n");
    assert.deepEqual(
      lines.map((line) => line.replace(/refused:.*/, "refused")),
      [
        "postgres arv",
        "postgres wrong refused",
        "postgres other database refused",
        "redis True",
        "redis without refused",
        "minio b'1'",
        "minio wrong refused",
        "minio without 403",
      ],
      output,
    );
  });

  it("keeps former versions of what is overwritten in its bucket", async () => {
    const { containers } = await stack.dockerObjects();
    const job = containers.find(({ Names }) => /^\/minio-bucket-[0-9a-f]+$/.test(Names[0] ?? ""));
    assert.match(await log(job?.Id ?? ""), /bucket vertex-ar: versioning Enabled, closed to strangers/);
  });

  it("publishes neither the object store nor its console", async () => {
    const { containers } = await stack.dockerObjects();
    const published = containers.flatMap(({ Ports }) => Ports.filter(({ PublicPort }) => PublicPort));
    assert.deepEqual(
      published.map(({ IP, PublicPort, PrivatePort }) => [IP, PublicPort, PrivatePort]),
      [["127.0.0.1", Number(new URL(stack.url).port), 80]],
    );
    const [nginx] = await stack.containers("nginx");
    const { output } = await exec(nginx?.id ?? "", [
      "curl",
      "-s",
      "-o",
      "/dev/null",
      "-w",
      "%{http_code}",
      "http://minio:9001/",
    ]);
    assert.equal(output, "200", "the console is there, inside");
  });

  it("leads a person to the console through Docker's own connection", async () => {
    const [nginx] = await stack.containers("nginx");
    const args = { docker, container: nginx?.id ?? "", host: "minio", port: 9001, local: 0 };
    const tunnel = await openTunnel(args);
    try {
      const url = `http://127.0.0.1:${tunnel.port}`;
      const page = await fetch(url);
      assert.match(await page.text(), /<title>MinIO Console<\/title>/);
      const keys = { accessKey: "berth-arv-root", secretKey: consolePassword };
      const headers = { "content-type": "application/json" };
      const login = (body: unknown) =>
        status(`${url}/api/v1/login`, { method: "POST", headers, body: JSON.stringify(body) });
      assert.equal(await login(keys), 204);
      assert.equal(await login({ ...keys, secretKey: "wrong" }), 401);
    } finally {
      await tunnel.close();
    }
  });

  it("hands each task to the workers of its own queue", async () => {
    for (const queue of queues) {
      const { tasks } = await post<{ tasks: string[] }>(`${inside}/tasks`, {
        queue,
        payload: { content: "lion" },
      });
      const task = await until("done", 120, async () => {
        const found = await json<{ done_at?: string; done_by: { worker: string }[] }>(
          `${inside}/tasks/${tasks[0]}`,
        );
        return found.done_at ? found : undefined;
      });
      const [worker] = await stack.containers(`celery-${queue}`);
      assert.deepEqual(
        task.done_by.map((entry) => entry.worker),
        [worker?.id.slice(0, 12)],
      );
    }
  });

  it("seeds once, however often it runs", async () => {
    const [app] = await stack.containers("app");
    const again = await exec(app?.id ?? "", [
      "sh",
      "-c",
      "alembic upgrade head && python -m app.seed && alembic check",
    ]);
    assert.equal(again.code, 0, again.output);
    const count = "select (select count(*) from companies), (select count(*) from storage_connections)";
    const [postgres] = await stack.containers("postgres");
    const psql = ["psql", "-h", "/var/run/postgresql", "-U", "postgres", "-d", "arv", "-tA", "-c", count];
    assert.equal((await exec(postgres?.id ?? "", psql)).output.trim(), "1|1");
  });

  it("shows a person that everything is connected", async (t) => {
    // A client may call the API 100 times a minute, 50 at once: half a minute gives those 50 back.
    await sleep(31);
    await showsConnected(t, stack.url);
  });

  it("has nothing to do the second time, and previews no change after a refresh", async () => {
    assert.deepEqual(Object.keys((await stack.up()).changes), ["same"]);
    await stack.must("refresh");
    assert.deepEqual(Object.keys((await stack.must("preview")).changes), ["same"]);
  });

  it("does 1,000 tasks once each while a worker a second is killed, and sends again what Redis lost", async (t) => {
    const replicas = Object.fromEntries(queues.map((queue) => [`celery-${queue}`, 2]));
    await stack.set({ replicas });
    await stack.up();
    const before = await state(inside);
    for (const queue of queues) {
      const count = queue === "default" ? 334 : 333;
      await post(`${inside}/tasks`, { queue, payload: { seconds: 0.1 }, count });
    }
    const began = performance.now();
    let killed = 0;
    // One that is just being started anew can't be killed, and a slow machine takes its time for that.
    const late = began + 90_000;
    for (let second = 0; second < 20 || (killed < 15 && performance.now() < late); second++) {
      killed += await killOne(stack, second);
      await sleep(1);
    }
    const done = await until("all tasks are done", 400, async () => {
      const now = await state(inside);
      return queues.every((queue) => now.queues[queue]?.open === 0) ? now : undefined;
    });
    await t.annotate(
      `${killed} workers killed, all done after ${((performance.now() - began) / 1000).toFixed(0)} s`,
    );
    const since = queues.map((queue) => (done.queues[queue]?.done ?? 0) - (before.queues[queue]?.done ?? 0));
    assert.deepEqual(since, [333, 333, 334]);
    assert.equal(done.done_twice, 0);
    assert.ok(killed >= 15, `${killed} workers were killed`);
    const again = await sql(stack, "select count(*) from tasks where attempts > 1");
    await t.annotate(`${again} tasks were begun more than once`);
  });

  it("tells how much work waits in each queue", async () => {
    const paused = await stack.containers("celery-notifications");
    for (const { id } of paused) await pause(id);
    await post(`${inside}/tasks`, { queue: "notifications", count: 50 });
    const { containers } = await stack.dockerObjects();
    const waiting = await waitingWork(
      docker,
      containers.filter(({ Labels }) => Labels["berth.role"] === "service"),
      arv,
    );
    for (const { id } of paused) await docker.getContainer(id).unpause();
    const [markers, notifications, rest] = waiting;
    assert.deepEqual(markers, { service: "celery-markers", list: "markers", waiting: 0 });
    assert.deepEqual([notifications?.list, rest?.list], ["notifications", "default"]);
    // A paused worker had asked Redis for one already.
    const count = notifications?.waiting ?? 0;
    assert.ok(count >= 40 && count <= 50, `${count} wait`);
    await until("they are done", 180, async () => (await state(inside)).queues.notifications?.open === 0);
  });

  it("does tasks that Redis forgot", async () => {
    await pause((await stack.containers("celery-beat"))[0]?.id ?? "");
    const workers = await stack.containers("celery-markers");
    for (const { id } of workers) await pause(id);
    await post(`${inside}/tasks`, { queue: "markers", count: 20 });
    const [redis] = await stack.containers("redis");
    const forget = 'export REDISCLI_AUTH="$(cat /etc/berth/password)"; redis-cli del markers';
    await exec(redis?.id ?? "", ["sh", "-c", forget]);
    await sql(stack, "update tasks set queued_at = now() - interval '10 minutes' where done_at is null");
    for (const { id } of [...workers, ...(await stack.containers("celery-beat"))])
      await docker.getContainer(id).unpause();
    await until(
      "the forgotten tasks are done",
      180,
      async () => (await state(inside)).queues.markers?.open === 0,
    );
    assert.equal((await state(inside)).done_twice, 0);
  });

  it("releases with tasks under way: each done once, no request dropped, never two beats", async (t) => {
    const image = await release("berth/reference-app:1", "arv");
    await use(stack, image);
    const before = await state(inside);
    for (const queue of queues)
      await post(`${inside}/tasks`, { queue, payload: { seconds: 0.5 }, count: 50 });
    let most = 0;
    const watching = new AbortController();
    const watch = (async () => {
      while (!watching.signal.aborted) {
        most = Math.max(most, (await stack.containers("celery-beat")).length);
        await sleep(0.1);
      }
    })();
    const load = Load.start({ url: inside, perSecond: 50, get: "/health" });
    const { seconds } = await stack.up();
    watching.abort();
    await watch;
    const { sent, failures } = await load.stop();
    await t.annotate(`released in ${seconds.toFixed(1)} s, ${sent} requests meanwhile`);
    assert.deepEqual(failures, {});
    assert.equal(most, 1);
    const done = await until("all tasks are done", 300, async () => {
      const now = await state(inside);
      return queues.every((queue) => now.queues[queue]?.open === 0) ? now : undefined;
    });
    for (const queue of queues)
      assert.equal((done.queues[queue]?.done ?? 0) - (before.queues[queue]?.done ?? 0), 50, queue);
    assert.equal(done.done_twice, 0);
  });

  it("answers 50x with all headers while every container is down, and serves again alone", async () => {
    const containers = await stack.containers("app");
    for (const { id } of containers) await docker.getContainer(id).stop();
    // Nothing is left at the address it knows: it is refused, waits in vain, or learns that the name is gone.
    const down = verdict(await ask(`${stack.url}/docs`));
    for (const { id } of containers) await docker.getContainer(id).start();
    assert.match(down, /^50[234] -$/);
    await until("it serves", 120, async () => (await ask(`${stack.url}/docs`)).status === 200);
  });

  it("has its object store's keys rotated: what asks for objects is served throughout, the former ones refused", async (t) => {
    const before = await stack.containers("minio");
    const url = "http://minio:9000/vertex-ar?list-type=2";
    const logins = bucketLogins(stack, { name: "minio", user: "berth-arv", url, client: "nginx" });
    // Its answer asks the store too.
    const load = { url: inside, get: "/ready" };
    const { counters } = await assertRotated(t, { stack, logins: only(logins, ["minio-secret-key"]), load });
    // While the store starts anew, nobody's request is answered.
    const administrator = only(logins, ["minio-root-password"]);
    await assertRotated(t, { stack, logins: administrator, load: { url: inside, get: "/health" }, counters });
    assert.deepEqual(await stack.containers("minio"), before, "the store is the same container");
    await until(
      "objects are there",
      60,
      async () => (await json<Ready>(`${inside}/ready`)).status === "ready",
    );
  });

  it("stops at a failing migration, and the old release serves on with its workers", async () => {
    const broken = await release("berth/reference-app:1", "arv-broken", [
      "USER 0",
      'RUN printf \'revision = "x"\\ndown_revision = "20260212_1030"\\ndef upgrade():\\n    raise SystemExit("no such column")\\n\' > /srv/alembic/versions/x.py',
      "USER 1000",
    ]);
    const before = await stack.containers("app");
    await use(stack, broken);
    const { ok, output } = await stack.run("up");
    assert.equal(ok, false);
    assert.match(output, /app-migration: must exit with 0, got 1/);
    assert.deepEqual(await stack.containers("app"), before);
    assert.equal((await json<Ready>(`${inside}/ready`)).status, "ready");
  });
});

/** Has everything that runs the application's image run this one. */
function use(stack: LiveStack, image: string): Promise<void> {
  const services = ["app", "celery-markers", "celery-notifications", "celery-default", "celery-beat"];
  return stack.set({ images: Object.fromEntries(services.map((service) => [service, image])) });
}

function state(inside: string): Promise<Queues> {
  return json<Queues>(`${inside}/queues`);
}

async function addressOf(stack: LiveStack, service: string): Promise<string> {
  const [container] = await stack.containers(service);
  const { NetworkSettings } = await inspect(container?.id ?? "");
  return Object.values(NetworkSettings.Networks)[0]?.IPAddress ?? "";
}

/** As the kernel would for want of memory: Docker itself is not told, and restarts the container. Gives how many it killed. */
async function killOne(stack: LiveStack, turn: number): Promise<number> {
  const workers = (await Promise.all(queues.map((queue) => stack.containers(`celery-${queue}`)))).flat();
  const worker = workers[turn % workers.length];
  if (worker === undefined) return 0;
  const { State } = await inspect(worker.id);
  if (State.Pid === 0) return 0;
  try {
    process.kill(State.Pid, "SIGKILL");
    return 1;
  } catch {
    // It has ended since, and Docker hasn't heard of that.
    return 0;
  }
}

async function sql(stack: LiveStack, statement: string): Promise<string> {
  const [postgres] = await stack.containers("postgres");
  const psql = ["psql", "-h", "/var/run/postgresql", "-U", "postgres", "-d", "arv", "-tA", "-c", statement];
  const { code, output } = await exec(postgres?.id ?? "", psql);
  assert.equal(code, 0, output);
  return output.trim();
}
