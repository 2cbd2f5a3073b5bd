import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { findBrowser, visit } from "../tools/browser.ts";
import { docker, exec, inspect } from "../tools/docker.ts";
import { json, reached, type Ready } from "../tools/http.ts";
import { form, Load } from "../tools/load.ts";
import { childrenOf } from "../tools/processes.ts";
import { release, removeReleases } from "../tools/release.ts";
import { LiveStack } from "../tools/stack.ts";
import { Visitor } from "../tools/visitor.ts";
import { sleep, until } from "../tools/wait.ts";
import { assertConfined } from "./confined.ts";
import { assertRotated, djangoLogins, postgresLogins } from "./rotated.ts";
import { idOf, rows, verdict } from "./rows.ts";
import { assertNoDrift, assertVerified, logLines } from "./verified.ts";
import { ask } from "./wire.ts";

describe("docsai", () => {
  let stack: LiveStack;
  let password: string;
  let first: string;
  beforeAll(async () => {
    stack = await LiveStack.open({ system: "docsai", config: { superuser: "admin" } });
    // One of our own: what others build under the common name meanwhile is no change of ours.
    first = await release("berth/reference-app:1", "docsai-first");
    await stack.set({ images: { app: first } });
  });
  afterAll(async () => {
    await stack.close();
    await removeReleases();
  });

  it("comes up from nothing: checked, migrated, with its files collected", async (t) => {
    const { seconds, outputs } = await stack.up();
    await t.annotate(`first up took ${seconds.toFixed(1)} s`);
    assert.deepEqual(outputs.endpoints, { app: "http://app:8000" });
    const secrets = outputs.secrets as Record<string, string>;
    password = secrets["administration, admin"] ?? "";
    assert.match(password, /^[A-Za-z0-9]{40}$/);
    const ready = await until("ready", 120, () => json<Ready>(`${stack.url}/ready`));
    assert.deepEqual(reached(ready), { postgres: "postgres ok", media: "files ok" });
  });

  it("is found well, line by line, by berth verify", () => assertVerified(stack));

  it("is found as the run left it by berth drift", () => assertNoDrift(stack));

  it("runs exactly the containers of its table", async () => {
    const app = `${await idOf(first)} 1000:1000 1 CPU 512 MiB healthy: /etc/berth, /run/app rw, /var/www/media rw, /var/www/static rw`;
    assert.deepEqual(await rows(stack), {
      nginx: [
        `${await idOf("nginx:1.30")} 101:101 1 CPU 128 MiB healthy: /etc/berth, /run/app, /run/berth rw, /var/spool/bodies rw, /var/www/media, /var/www/static`,
      ],
      app: [app, app],
      postgres: [
        `${await idOf("postgres:15")} 999:999 1 CPU 512 MiB healthy: /etc/berth, /var/lib/postgresql/data rw, /var/run/postgresql rw`,
      ],
    });
  });

  it("serves Django with gunicorn's sync workers on a socket of each container's own", async () => {
    for (const { id } of await stack.containers("app")) {
      const { output } = await exec(id, ["sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '"]);
      assert.match(output, /--workers 3 --worker-class sync .*--timeout 30 .*config\.wsgi:application/);
      assert.ok(output.includes(`--bind unix:/run/app/${id.slice(0, 12)}.sock`), output);
    }
  });

  it("confines every container, as the kernel has it", () => assertConfined(stack));

  it("routes every path of its table, with the right headers on every status", async () => {
    const style = /\/static\/documents\/style\.[0-9a-f]{12}\.css/.exec(
      (await ask(`${stack.url}/`)).body,
    )?.[0];
    const paths = ["/", "/health", "/api/health", "/admin/login/", style ?? "", "/static/none.css", "/none"];
    const found: Record<string, string> = {};
    for (const path of paths) found[path] = verdict(await ask(stack.url + path));
    assert.deepEqual(found, {
      "/": "200 app",
      "/health": "200 app",
      "/api/health": "200 app",
      "/admin/login/": "200 app",
      [style ?? ""]: "200 -",
      "/static/none.css": "404 -",
      "/none": "404 app",
    });
    const { headers } = await ask(stack.url + (style ?? ""));
    assert.equal(headers["cache-control"], "public, max-age=2592000");
    const large = /\/static\/admin\/css\/base\.[0-9a-f]{12}\.css/.exec(
      (await ask(`${stack.url}/admin/login/`)).body,
    )?.[0];
    const text = await ask(stack.url + (large ?? ""), { headers: { "accept-encoding": "gzip" } });
    assert.equal(text.headers["content-encoding"], "gzip");
  });

  it("answers for its own address and no other", async () => {
    const strangers = ["evil.example", "localhost.evil.example"].map((host) => ({ headers: { host } }));
    for (const options of strangers) assert.equal((await ask(`${stack.url}/`, options)).status, 400);
  });

  it("takes bodies up to 50 MB and no more", async () => {
    const headers = { "content-type": "multipart/form-data; boundary=x" };
    const large = { method: "POST", headers: { ...headers, "content-length": 51 * 2 ** 20 } };
    assert.equal(verdict(await ask(`${stack.url}/upload`, large)), "413 -");
  });

  it("lets a person log in as the administrator it made, and keep a document", async () => {
    const visitor = new Visitor(stack.url);
    const { headers } = await visitor.form("/admin/login/", { username: "admin", password });
    assert.equal(headers.get("location"), "/accounts/profile/");
    const page = await visitor.get("/admin/documents/document/");
    assert.match(await page.text(), /Select document to change/);

    const file = new File([new Uint8Array(5 * 2 ** 20).fill(65)], "report.txt");
    assert.equal((await visitor.form("/upload", { title: "Report", file }, "/")).status, 302);
    const { documents } = await json<{ documents: { title: string; url: string }[] }>(
      `${stack.url}/api/documents`,
    );
    const [document] = documents;
    assert.equal(document?.title, "Report");
    const media = await fetch(stack.url + document.url);
    assert.equal((await media.arrayBuffer()).byteLength, 5 * 2 ** 20);
    assert.equal(media.headers.get("x-service"), null);
    assert.match(media.headers.get("content-security-policy") ?? "", /script-src 'none'/);
    assert.equal(((await (await visitor.get("/visits")).json()) as { visits: number }).visits, 1);
    assert.equal(((await (await visitor.get("/visits")).json()) as { visits: number }).visits, 2);
  });

  it("refuses a form that comes from elsewhere", async () => {
    const elsewhere = { method: "POST", headers: { origin: "http://evil.example" } };
    assert.equal((await ask(`${stack.url}/upload`, elsewhere, "title=x")).status, 403);
  });

  it("lets a client call the API 10 times a second, and everything else 30 times", async () => {
    for (const [path, burst, rate] of [
      ["/api/health", 20, 10],
      ["/health", 60, 30],
    ] as const) {
      await sleep(3);
      const began = performance.now();
      const answers = await Promise.all(Array.from({ length: 150 }, () => ask(stack.url + path)));
      const seconds = (performance.now() - began) / 1000;
      const passed = answers.filter(({ status }) => status === 200).length;
      assert.deepEqual(new Set(answers.map(verdict)), new Set(["200 app", "429 -"]));
      const most = burst + 1 + Math.ceil(rate * seconds);
      assert.ok(passed >= burst && passed <= most, `${path}: ${passed} passed in ${seconds.toFixed(2)} s`);
      assert.equal(answers.find(({ status }) => status === 429)?.headers["retry-after"], "1");
    }
  });

  it("writes each log of its document, and its page says how it is read", async () => {
    const path = `/sought-${randomBytes(4).toString("hex")}`;
    const headers = { "content-type": "text/plain", "content-length": 51 * 2 ** 20 };
    const requests = [
      [404, path, {}],
      [413, "/upload", { method: "POST", headers }],
      [400, path, { headers: { host: "evil.example" } }],
    ] as const;
    // What was asked before may have left nothing of the rate.
    for (const [wanted, target, options] of requests)
      assert.equal(
        await until(`${target} within the rate`, 30, async () => {
          const { status } = await ask(stack.url + target, options);
          return status === 429 ? undefined : status;
        }),
        wanted,
      );
    const [container] = await stack.containers("app");
    const [main = 0] = await childrenOf((await inspect(container?.id ?? "")).State.Pid);
    const [worker = 0] = await childrenOf(main);
    assert.ok(main > 0 && worker > 0, "a worker of gunicorn");
    process.kill(worker, "SIGKILL");

    const wanted: Record<string, RegExp> = {
      "/var/log/nginx/docsai_access.log": new RegExp(`"path":"${path}","status":"?404`),
      "/var/log/nginx/docsai_error.log": /\[error\] .*client intended to send too large body/,
      "/var/log/django/gunicorn-access.log": new RegExp(
        `"message": "[\\d.:a-f]+ - .*GET ${path} HTTP/1\\.[01].* 404 .* [0-9a-f]{32}"`,
      ),
      "/var/log/django/gunicorn-error.log": /"level": "error", .*Worker .* was sent SIGKILL/,
      "/home/ubuntu/docsai/logs/django.log": /"level": "error", .*Invalid HTTP_HOST header: 'evil\.example'/,
    };
    const commands = await logCommands();
    assert.deepEqual(Object.keys(commands), Object.keys(wanted));
    for (const [file, line] of Object.entries(wanted)) {
      const [service = "", pattern = ""] = commands[file] ?? [];
      let seen: string[] = [];
      await until(`a line of ${file}`, 60, async () => {
        seen = await logLines(stack, service, "--since", "10m", "--grep", pattern);
        return seen.some((text) => line.test(text));
      }).catch((error: unknown) => assert.fail(`${String(error)}, got\n${seen.slice(-20).join("\n")}`));
    }
    const [service = "", pattern = ""] = commands["/var/log/django/gunicorn-access.log"] ?? [];
    const lines = await logLines(stack, service, "--since", "10m", "--grep", pattern);
    assert.deepEqual(
      lines.filter((text) => text.includes('"message": "- ')),
      [],
      "health checks, which come past the proxy, aren't in it",
    );
  });

  it("reaches its database with the generated secret, owns it, and can do nothing else", async () => {
    const [app] = await stack.containers("app");
    assert.ok(app);
    const attempts = {
      own: "connect().execute('CREATE TABLE probe (id int); DROP TABLE probe')",
      wrong: "connect(password='wrong')",
      elsewhere: "connect(dbname='postgres')",
      "another database": "connect(autocommit=True).execute('CREATE DATABASE more')",
      "another role": "connect().execute('CREATE ROLE more')",
      "the server's files": "connect().execute(\"COPY (SELECT 1) TO '/tmp/x'\")",
    };
    const found: Record<string, string> = {};
    for (const [name, attempt] of Object.entries(attempts)) {
      const program = `${connectProgram}\ntry:\n    ${attempt}\n    print('done')\nexcept psycopg.Error as error:\n    print(type(error).__name__, str(error).split(chr(10))[0])`;
      const { output } = await exec(app.id, ["python", "-c", program]);
      found[name] = output
        .trim()
        .replace(/^.*(password authentication failed|permission denied[^"]*).*$/, "$1");
    }
    assert.deepEqual(found, {
      own: "done",
      wrong: "password authentication failed",
      elsewhere: "permission denied for database ",
      "another database": "permission denied to create database",
      "another role": "permission denied to create role",
      "the server's files": found["the server's files"],
    });
    assert.match(
      found["the server's files"] ?? "",
      /permission denied|InsufficientPrivilege|must be superuser/,
    );
  });

  it("shows no secret in what Docker tells of its containers", async () => {
    const { containers } = await stack.dockerObjects();
    for (const { Id } of containers) {
      const text = JSON.stringify(await inspect(Id));
      assert.ok(!text.includes(password));
      assert.doesNotMatch(text, /SECRET_KEY=|PASSWORD=[A-Za-z0-9]/);
    }
  });

  it("shows a person a page without an error", async (t) => {
    const browser = await findBrowser();
    if ("reason" in browser) {
      t.skip(browser.reason);
      return;
    }
    const seen = await visit(browser.path, stack.url, (page) => page.innerText("h1"));
    assert.deepEqual(seen, { saw: "Documents", problems: [] });
    const admin = await visit(browser.path, `${stack.url}/admin/`, (page) => page.innerText("#site-name"));
    assert.deepEqual(admin, { saw: "Django administration", problems: [] });
  });

  it("has nothing to do the second time, and previews no change after a refresh", async () => {
    assert.deepEqual(Object.keys((await stack.up()).changes), ["same"]);
    await stack.must("refresh");
    assert.deepEqual(Object.keys((await stack.must("preview")).changes), ["same"]);
  });

  it("answers 502 with all headers while every container is down, and serves again alone", async () => {
    const containers = await stack.containers("app");
    for (const { id } of containers) await docker.getContainer(id).stop();
    assert.equal(verdict(await ask(`${stack.url}/`)), "502 -");
    for (const { id } of containers) await docker.getContainer(id).start();
    await until("it serves", 120, async () => (await ask(`${stack.url}/health`)).status === 200);
  });

  it("stops at a failing migration, and the old release serves on", async () => {
    const broken = await release("berth/reference-app:1", "broken", [
      "USER 0",
      "RUN printf 'raise SystemExit(\"no such column\")\\n' > /srv/documents/migrations/0002_broken.py",
      "USER 1000",
    ]);
    const before = await stack.containers("app");
    await stack.set({ images: { app: broken } });
    const { ok, output } = await stack.run("up");
    assert.equal(ok, false);
    assert.match(output, /app-migration: must exit with 0, got 1/);
    assert.match(output, /no such column/);
    assert.deepEqual(await stack.containers("app"), before);
    assert.equal((await ask(`${stack.url}/health`)).status, 200);
  });

  it("stops at an environment that mustn't be released into", async () => {
    const images = { app: await release("berth/reference-app:1", "docsai-first") };
    await stack.set({ images, environment: { app: { DEBUG: "True", ALLOWED_HOSTS: "*" } } });
    const { ok, output } = await stack.run("up");
    assert.equal(ok, false);
    assert.match(output, /app-check: must exit with 0, got 1/);
    assert.match(output, /ALLOWED_HOSTS: must name hosts, got "\*"/);
    assert.equal((await ask(`${stack.url}/health`)).status, 200);
  });

  it("drops none of 8,000 requests through releases over the sockets", async (t) => {
    const plenty = { requests: 100_000, burst: 100_000 };
    await stack.set({ environment: {}, rates: { rest: plenty, api: plenty } });
    await stack.up();
    const images = await Promise.all(["a", "b"].map((tag) => release("berth/reference-app:1", tag)));
    const load = Load.start({ url: stack.url, perSecond: 160, get: "/health", post: "/health" });
    try {
      for (let turn = 0; turn < 2 || load.count < 6_000; turn++) {
        const image = images[turn % images.length];
        await stack.set({ images: { app: image } });
        const { seconds } = await stack.up();
        const answer = await json<{ release: string }>(`${stack.url}/health`);
        assert.equal(answer.release, image);
        await t.annotate(`released in ${seconds.toFixed(1)} s, ${load.count} requests so far`);
      }
      await load.reach(8_000);
    } finally {
      const { sent, failures, p50, p99, worst } = await load.stop();
      await t.annotate(`${sent} requests, p50 ${p50} ms, p99 ${p99} ms, worst ${worst} ms`);
      assert.deepEqual(failures, {});
    }
    assert.ok(load.count >= 8_000);
  });

  it("has every secret rotated at 50 requests a second, drops none, refuses the former ones, and forgets no visitor", async (t) => {
    const visitor = new Visitor(stack.url);
    const visits = async () => ((await (await visitor.get("/visits")).json()) as { visits: number }).visits;
    assert.equal(await visits(), 1);
    await assertRotated(t, {
      stack,
      logins: {
        ...postgresLogins(stack, { name: "postgres", database: "docsai", role: "docsai_user" }),
        ...djangoLogins(stack, "admin"),
      },
      overlapping: ["app-secret-key"],
      load: { url: stack.url, get: "/ready", post: "/api/documents", body: form("title") },
      // A stop is awaited before the former login goes: rotate.test.ts waits as long as it is by itself.
      config: { override: { app: { graceSeconds: 10 } } },
    });
    assert.equal(await visits(), 2);
  });
});

/** Of each file that its document names, the service and the pattern that its page has for it. */
async function logCommands(): Promise<Record<string, [service: string, pattern: string]>> {
  const page = await readFile(join(import.meta.dirname, "../../docs/systems/docsai.md"), "utf8");
  const rows = page.matchAll(/^\| `(\/[^`]+)` +\| `berth logs (\S+) --grep '([^']+)'` /gm);
  return Object.fromEntries(
    [...rows].map(([, file = "", service = "", pattern = ""]) => [file, [service, pattern]]),
  );
}

const connectProgram = `import psycopg
from config.env import value
def connect(**more):
    return psycopg.connect(**{"host": "postgres", "dbname": "docsai", "user": "docsai_user",
        "password": value("DATABASE_PASSWORD"), "connect_timeout": 3} | more)`;
