import assert from "node:assert/strict";
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { firingAlerts } from "../../cli/docker/alerts.ts";
import { dashboards } from "../../services/monitoring/dashboards.ts";
import { showsConnected } from "../tools/browser.ts";
import { docker, exec, inspect, log } from "../tools/docker.ts";
import { json, post, reached, status, type Ready } from "../tools/http.ts";
import { release, removeReleases } from "../tools/release.ts";
import { LiveStack } from "../tools/stack.ts";
import { sleep, until } from "../tools/wait.ts";
import { assertConfined } from "./confined.ts";
import { Disk, fillMemory, leaveFacts, receiver, restart, slow } from "./causes.ts";
import { Prometheus } from "./prometheus.ts";
import { idOf, rows, verdict } from "./rows.ts";
import { assertNoDrift, assertVerified } from "./verified.ts";
import { rowsOn, type VruService } from "./vruTable.ts";
import { ask } from "./wire.ts";

const image = "berth/reference-app:1";

describe("vru", () => {
  let stack: LiveStack;
  let first: string;
  let folder: string;
  let dataRoot: string;
  let prometheus: Prometheus;
  let disk: Awaited<ReturnType<typeof Disk.mount>>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "berth-vru-"));
    // What measures disks is nobody in particular.
    await chmod(folder, 0o755);
    disk = await Disk.mount(folder);
    // One that isn't there yet, so that it has to be made.
    dataRoot = join(folder, "platform");
    const alerts = {
      windowSeconds: 60,
      webhook: "http://receiver:8000/",
      slack: "http://receiver:8000/slack",
      email: {
        to: ["ops@example.org", "owner@example.org"],
        from: "vru@example.org",
        smarthost: "receiver:2525",
        tls: false,
      },
      // As its own documentation has it.
      receivers: { discord_configs: [{ webhook_url: "http://receiver:8000/discord" }] },
    };
    // It has no offline source.
    const optional = { grafana: await has("grafana/grafana:11.6.0") };
    stack = await LiveStack.open({ system: "vru", config: { dataRoot, optional, alerts } });
    prometheus = new Prometheus(stack);
    // One of our own: what others build under the common name meanwhile is no change of ours.
    first = await release(image, "vru-first");
    await stack.set({ images: { "api-gateway": first } });
  });
  afterAll(async () => {
    await stack.close();
    await removeReleases();
    if (disk instanceof Disk) await disk.unmount();
    await rm(folder, { recursive: true, force: true });
  });

  it("comes up from nothing, and its gateway reaches every other service", async (t) => {
    const { seconds } = await stack.up();
    await t.annotate(`first up took ${seconds.toFixed(1)} s`);
    const ready = await until("ready", 120, () => json<Ready>(`${stack.url}/api/ready`));
    assert.deepEqual(reached(ready), {
      postgres: "postgres ok",
      redis: "redis ok",
      "ml-engine": "http ok",
      "camera-service": "http ok",
      "validation-engine": "http ok",
    });
  });

  it("has nothing to do the second time, and previews no change after a refresh", async () => {
    assert.deepEqual(Object.keys((await stack.up()).changes), ["same"]);
    await stack.must("refresh");
    assert.deepEqual(Object.keys((await stack.must("preview")).changes), ["same"]);
  });

  it("is found well, line by line, by berth verify", () => assertVerified(stack));

  it("is found as the run left it by berth drift", () => assertNoDrift(stack));

  it("runs exactly the containers of its table, as large as this machine lets them be", async () => {
    const { NCPU, MemTotal } = (await docker.info()) as { NCPU: number; MemTotal: number };
    const without = (await has("grafana/grafana:11.6.0")) ? [] : ["grafana" as const];
    const table = rowsOn(NCPU, MemTotal / 2 ** 20, without);
    const row = async (service: VruService, mounts: string, user = "10001:10001") => {
      const { image, cpus, memory } = table[service];
      const own = await idOf(service === "api-gateway" ? first : image);
      return [`${own} ${user} ${cpus} CPU ${memory} MiB healthy: ${mounts}`];
    };
    const watcher = (service: VruService, mounts: string) => row(service, mounts, "65534:65534");
    const facts = "/var/lib/berth/facts";
    const all = await rows(stack);
    delete all.grafana;
    assert.deepEqual(all, {
      nginx: await row("nginx", "/etc/berth, /run/berth rw", "101:101"),
      "api-gateway": await row("api-gateway", "/etc/berth"),
      "ml-engine": await row("ml-engine", "/etc/berth, /models"),
      "camera-service": await row("camera-service", "/etc/berth", "14852:10001"),
      "validation-engine": await row("validation-engine", "/etc/berth", "16703:10001"),
      frontend: await row("frontend", "", "101:101"),
      postgres: await row(
        "postgres",
        "/etc/berth, /var/lib/postgresql/data rw, /var/run/postgresql rw",
        "999:999",
      ),
      redis: await row("redis", "/data rw, /etc/berth", "999:999"),
      prometheus: await watcher("prometheus", `/etc/berth, /prometheus rw, ${facts}`),
      alertmanager: await watcher("alertmanager", "/alertmanager rw, /etc/berth"),
      cadvisor: await watcher("cadvisor", "/sys"),
      "node-exporter": await watcher("node-exporter", `/host/proc, /host/root, /host/sys, ${facts}`),
      "postgres-exporter": await watcher("postgres-exporter", "/etc/berth"),
      "redis-exporter": await watcher("redis-exporter", "/etc/berth"),
      "nginx-exporter": await watcher("nginx-exporter", ""),
    });
  });

  it("confines every container, as the kernel has it", () => assertConfined(stack));

  it("routes each path to its service, and numbers to nobody, with the right headers on every status", async () => {
    const paths = [
      "/",
      "/docs",
      "/openapi.json",
      "/health",
      "/api/health",
      "/api/none",
      "/api/metrics",
      "/metrics",
    ];
    const found: Record<string, string> = {};
    for (const path of paths) found[path] = verdict(await ask(stack.url + path));
    assert.deepEqual(found, {
      "/": "200 -",
      "/docs": "200 api-gateway",
      "/openapi.json": "200 api-gateway",
      "/health": "200 api-gateway",
      "/api/health": "200 api-gateway",
      "/api/none": "404 api-gateway",
      "/api/metrics": "404 -",
      "/metrics": "404 -",
    });
    const large = { method: "POST", headers: { "content-length": 101 * 2 ** 20 } };
    assert.equal(verdict(await ask(`${stack.url}/api/items`, large)), "413 -");
  });

  it("lets a client call the API 200 times a second, with 400 at once", async () => {
    const began = performance.now();
    const answers = await Promise.all(Array.from({ length: 1500 }, () => ask(`${stack.url}/api/health`)));
    const seconds = (performance.now() - began) / 1000;
    const passed = answers.filter(({ status }) => status === 200).length;
    assert.deepEqual(new Set(answers.map(verdict)), new Set(["200 api-gateway", "429 -"]));
    assert.ok(passed >= 400 && passed <= 401 + 200 * seconds, `${passed} passed in ${seconds.toFixed(2)} s`);
  });

  it("reaches every dependency with its secret, and is refused without", async () => {
    const [gateway] = await stack.containers("api-gateway");
    const { output } = await exec(gateway?.id ?? "", ["python", "-c", dependenciesProgram]);
    assert.deepEqual(output.trim().split("\n"), [
      "postgres vru",
      "postgres wrong refused",
      "postgres other database refused",
      "redis True",
      "redis wrong refused",
      "redis without refused",
    ]);
    const monitoring = (await stack.secrets())["postgres-monitoring-password"] ?? "";
    const url = `postgresql://monitoring:${monitoring}@postgres/vru`;
    const watcher = `import psycopg; c = psycopg.connect("${url}"); print(c.execute("select count(*) > 0 from pg_stat_activity").fetchone()[0]); c.execute("select * from items")`;
    const seen = await exec(gateway?.id ?? "", ["python", "-c", watcher]);
    // Its two streams come in either order.
    assert.match(seen.output, /^True$/m);
    assert.match(seen.output, /permission denied for table items/);
  });

  it("refuses a wrong file of the ML and the validation engine before it serves", async () => {
    for (const [service, variable, text, message] of [
      ["ml-engine", "ML_CONFIG", "device: tpu", /device: .*'auto', 'cuda' or 'cpu'/],
      ["validation-engine", "VALIDATION_CONFIG", "speed: 1", /speed: Extra inputs are not permitted/],
    ] as const) {
      const [container] = await stack.containers(service);
      const start = `echo '${text}' > /tmp/wrong.yaml && ${variable}=/tmp/wrong.yaml exec python -c 'import app.asgi'`;
      const { code, output } = await exec(container?.id ?? "", ["sh", "-c", start]);
      assert.notEqual(code, 0);
      assert.match(output, message);
    }
  });

  it("keeps its data in folders of the machine, each for its owner", async () => {
    const owners = ["postgres", "redis", "prometheus", "alertmanager", "models", "backups"].map(
      async (name) => {
        const { uid, mode } = await stat(join(dataRoot, name));
        return [name, `${uid} ${(mode & 0o777).toString(8)}`];
      },
    );
    assert.deepEqual(Object.fromEntries(await Promise.all(owners)), {
      postgres: "999 700",
      redis: "999 700",
      prometheus: "65534 700",
      alertmanager: "65534 700",
      models: "10001 755",
      backups: "999 700",
    });
    assert.match(await readFile(join(dataRoot, "postgres/pgdata/PG_VERSION"), "utf8"), /^15/);
  });

  it("runs PostgreSQL from its generated file", async () => {
    const [server] = await stack.containers("postgres");
    const { Config } = await inspect(server?.id ?? "");
    assert.deepEqual(Config.Cmd, ["postgres", "-c", "config_file=/etc/berth/postgresql.conf"]);
    const ask = "SELECT current_setting('config_file') || ' ' || current_setting('password_encryption')";
    const { output } = await exec(server?.id ?? "", ["psql", "-U", "postgres", "-At", "-c", ask]);
    assert.equal(output.trim(), "/etc/berth/postgresql.conf scram-sha-256");
  });

  it("says which device the ML engine works on, and lets it only read its models", async () => {
    const [engine] = await stack.containers("ml-engine");
    const shown = await exec(engine?.id ?? "", ["curl", "-sS", "http://127.0.0.1:8001/engine"]);
    const { device } = JSON.parse(shown.output) as { device: string };
    assert.equal(device, "cpu");
    await writeFile(join(dataRoot, "models/detector.onnx"), "weights", { mode: 0o644 });
    const read = await exec(engine?.id ?? "", ["cat", "/models/detector.onnx"]);
    assert.deepEqual(read, { code: 0, output: "weights" });
    const { Mounts } = await inspect(engine?.id ?? "");
    assert.deepEqual(
      Mounts.filter(({ Destination }) => Destination === "/models").map(({ RW }) => RW),
      [false],
    );
    const written = await exec(engine?.id ?? "", ["touch", "/models/new"]);
    assert.equal(written.code, 1);
    assert.match(written.output, /'\/models\/new': Read-only file system/);
  });

  it("has every Prometheus target up, each service and each exporter", async () => {
    assert.deepEqual(
      await prometheus.targets(),
      [
        "alertmanager",
        "api-gateway",
        "cadvisor",
        "camera-service",
        "frontend",
        "ml-engine",
        "nginx-exporter",
        "node-exporter",
        "postgres-exporter",
        "prometheus",
        "redis-exporter",
        "validation-engine",
      ].sort(),
    );
    // What an exporter asked while its server was busy counts until it asks again.
    await until("each exporter reaches what it tells of", 120, async () => {
      const answering = await prometheus.query('{__name__=~"pg_up|redis_up|nginx_up"}');
      assert.deepEqual(
        answering.map(({ value }) => value[1]),
        ["1", "1", "1"],
      );
      return true;
    });
  });

  it("publishes the proxy's port and nothing else", async () => {
    const { containers } = await stack.dockerObjects();
    const published = containers.flatMap(({ Ports }) => Ports.filter(({ PublicPort }) => PublicPort));
    assert.deepEqual(
      published.map(({ IP, PrivatePort }) => `${IP} ${PrivatePort}`),
      ["127.0.0.1 80"],
    );
  });

  it("shows a person that everything is connected", async (t) => {
    // A client may call the API 200 times a second, 400 at once: what was just asked is forgotten after two.
    await sleep(3);
    await showsConnected(t, stack.url);
  });

  it("loses no committed row to two kills of its database, while its application is released twice", async (t) => {
    const images = await Promise.all(["vru-a", "vru-b"].map((tag) => release(image, tag)));
    const acknowledged: number[] = [];
    let refused = 0;
    const writing = new AbortController();
    const writers = Array.from({ length: 4 }, async () => {
      while (!writing.signal.aborted) {
        const written = await post<{ id: number }>(`${stack.url}/api/items`, { text: "kept" }).catch(
          () => undefined,
        );
        if (written === undefined) refused++;
        else acknowledged.push(written.id);
        await sleep(0.05);
      }
    });
    const [server] = await stack.containers("postgres");
    for (const next of images) {
      await stack.set({ images: { "api-gateway": next } });
      const released = stack.up();
      await sleep(3);
      // As the kernel would; a kill through Docker counts as a person's stop and isn't restarted.
      process.kill((await inspect(server?.id ?? "")).State.Pid, "SIGKILL");
      const began = performance.now();
      await until("it serves", 180, async () => (await status(`${stack.url}/api/ready`)) === 200);
      const seconds = (performance.now() - began) / 1000;
      await t.annotate(`served again after ${seconds.toFixed(1)} s`);
      assert.ok(seconds <= 30, `served again after ${seconds} s`);
      await released;
      assert.equal((await json<{ release: string }>(`${stack.url}/api/health`)).release, next);
    }
    writing.abort();
    await Promise.all(writers);
    const psql = ["psql", "-U", "postgres", "-d", "vru", "-At", "-c", "SELECT id FROM items"];
    const rows = new Set((await exec(server?.id ?? "", psql)).output.trim().split("\n").map(Number));
    await t.annotate(`${acknowledged.length} rows acknowledged, ${refused} refused`);
    assert.ok(acknowledged.length > 200, `${acknowledged.length} rows`);
    assert.deepEqual(
      acknowledged.filter((id) => !rows.has(id)),
      [],
    );
  });

  it("fires each alert when it is caused, and sends it on", async (t) => {
    const listener = await receiver(stack, "receiver", image);
    const now = Math.floor(Date.now() / 1000);
    const stopped = (await Promise.all(["ml-engine", "postgres"].map((one) => stack.containers(one)))).flat();
    for (const { id } of stopped) await docker.getContainer(id).stop();
    await leaveFacts(stack, image, [
      `berth_certificate_expiry_timestamp_seconds ${now + 86_400}`,
      `berth_backup_success_timestamp_seconds ${now - 48 * 3600}`,
    ]);
    if (disk instanceof Disk) await disk.fill();
    else await t.annotate(`Disk isn't caused: ${disk.reason}`);
    await fillMemory(stack, "camera-service", 0.94);
    const asking = new AbortController();
    const errors = (async () => {
      while (!asking.signal.aborted) {
        await status(`${stack.url}/api/items`);
        await sleep(0.2);
      }
    })();
    const causes = [slow(stack, "validation-engine", 8003, 2), restart(stack, "frontend", 3)];
    const wanted = [
      "BackupAge node-exporter",
      "CertificateAge node-exporter",
      "Down ml-engine",
      "Down postgres-exporter",
      "ErrorRate api-gateway",
      "Latency validation-engine",
      "Memory camera-service",
      "Restarting frontend",
      ...(disk instanceof Disk ? ["Disk node-exporter"] : []),
    ];
    let missing: string[] = wanted;
    const began = performance.now();
    try {
      await until("all alerts", 420, async () => {
        const fired = await prometheus.alerts();
        missing = missing.filter((alert) => !fired.includes(alert));
        return missing.length === 0;
      }).catch(() => undefined);
    } finally {
      asking.abort();
      await Promise.all([errors, ...causes]);
      for (const { id } of stopped) await docker.getContainer(id).start();
    }
    await t.annotate(`all fired after ${((performance.now() - began) / 1000).toFixed(0)} s`);
    assert.deepEqual(missing, []);
    const [alertmanager] = await docker.listContainers({
      filters: { label: [`berth.stack=${stack.name}`, "berth.service=alertmanager"] },
    });
    assert.ok(alertmanager);
    const firing = await firingAlerts(docker, [alertmanager], undefined);
    // Those whose cause is over may have ended.
    const certificate = firing.find(({ alert }) => alert === "CertificateAge");
    assert.equal(certificate?.severity, "critical");
    assert.match(certificate.summary, /^the certificate ends in /);
    const names = wanted.map((alert) => alert.split(" ")[0] ?? "");
    await until("they are sent on", 180, async () => {
      const sent = await log(listener);
      return names.every((name) => sent.includes(`"alertname":"${name}"`));
    });
    await until("they are sent on by each way", 180, async () => {
      const sent = await log(listener);
      const ways = [
        /^mail from vru@example\.org to ops@example\.org, owner@example\.org/m,
        /^\/slack .*FIRING/m,
        /^\/discord /m,
      ];
      return ways.every((way) => way.test(sent));
    });
  });

  it("answers every query of its dashboards, with numbers where it has such", async () => {
    // It tells how its dependencies are once somebody has asked.
    await until("its database is back", 180, async () => (await status(`${stack.url}/api/ready`)) === 200);
    await until(
      "the database's numbers are back",
      180,
      async () => (await prometheus.query("pg_up == 1")).length === 1,
    );
    // A rate takes two looks at what is back.
    await until("numbers for every query", 180, async () => {
      const without: string[] = [];
      for (const { title, panels } of dashboards)
        for (const panel of panels)
          for (const expression of Object.values(panel.queries))
            if ((await prometheus.query(expression)).length === 0) without.push(`${title}: ${panel.title}`);
      // Redis is a cache here and no broker.
      assert.deepEqual(without, ["Database: Queues: waiting"]);
      return true;
    });
  });

  it("answers 50x with all headers while its gateway is down, and serves again alone", async () => {
    const containers = await stack.containers("api-gateway");
    for (const { id } of containers) await docker.getContainer(id).stop();
    // Nothing is left at the address it knows: it is refused, or waits in vain.
    const down = verdict(await ask(`${stack.url}/api/health`));
    for (const { id } of containers) await docker.getContainer(id).start();
    assert.match(down, /^50[234] -$/);
    await until("it serves", 120, async () => (await ask(`${stack.url}/api/ready`)).status === 200);
  });
});

const dependenciesProgram = `
import psycopg, redis
from app.settings import settings
def attempt(name, work):
    try:
        print(name, work())
    except Exception:
        print(name, "refused")
d, r = settings.database, settings.redis
def pg(**more):
    with psycopg.connect(**({"host": d.host, "dbname": d.path, "user": d.user, "password": d.password, "connect_timeout": 3} | more)) as c:
        return c.execute("select current_user").fetchone()[0]
attempt("postgres", pg)
attempt("postgres wrong", lambda: pg(password="wrong"))
attempt("postgres other database", lambda: pg(dbname="postgres"))
attempt("redis", lambda: redis.Redis(r.host, r.port, password=r.password).ping())
attempt("redis wrong", lambda: redis.Redis(r.host, r.port, password="wrong").ping())
attempt("redis without", lambda: redis.Redis(r.host, r.port).ping())
`;

async function has(image: string): Promise<boolean> {
  return docker
    .getImage(image)
    .inspect()
    .then(
      () => true,
      () => false,
    );
}
