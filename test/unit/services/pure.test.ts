import assert from "node:assert/strict";
import { test } from "vitest";
import { celeryBeat, celeryWorker } from "../../../services/application/celery.ts";
import { gunicorn } from "../../../services/application/gunicorn.ts";
import { tuned } from "../../../services/postgres/postgres.tuning.ts";
import { drawOn, rateZones } from "../../../services/proxy/rates.ts";
import { onSocket, socketServer } from "../../../services/application/socket.ts";

test("a database has a quarter of its memory for itself and expects two thirds to be cached", () => {
  for (const memory of [128, 512, 2048, 16384]) {
    const { shared_buffers: own, effective_cache_size: cached } = tuned({ memory, connections: 100 });
    assert.equal(own, `${memory / 4}MB`);
    const share = Number.parseInt(cached ?? "") / memory;
    assert.ok(share >= 0.5 && share <= 0.75, cached);
  }
});

test("all sessions of a database together sort within an eighth of its memory", () => {
  const { work_mem: each } = tuned({ memory: 2048, connections: 256 });
  assert.equal(each, "1024kB");
});

test("a worker takes from its queue and no more than it works on", () => {
  const words = celeryWorker({ app: "app.celery_app", queues: ["markers", "default"], concurrency: 2 });
  assert.equal(
    words.join(" "),
    "celery --app app.celery_app worker --queues markers,default --concurrency 2 --prefetch-multiplier 1 --without-gossip --without-mingle --loglevel INFO",
  );
});

test("the beat remembers in its folder what ran last", () => {
  const words = celeryBeat({ app: "app.celery_app", folder: "/var/lib/beat" });
  assert.equal(
    words.join(" "),
    "celery --app app.celery_app beat --schedule /var/lib/beat/schedule --pidfile= --loglevel INFO",
  );
});

test("a server listens on its container's own socket, and the proxy finds it there", () => {
  const server = gunicorn({
    app: "config.wsgi:application",
    workerClass: "sync",
    workers: 5,
    timeoutSeconds: 30,
  });
  assert.ok(!server.includes("--bind"));
  assert.ok(!server.includes("--access-logfile"));
  const [shell, flag, script, zero, ...rest] = onSocket("/run/app", server);
  assert.deepEqual([shell, flag, zero], ["sh", "-c", "sh"]);
  assert.equal(script, 'exec "$@" --bind "unix:/run/app/$HOSTNAME.sock"');
  assert.deepEqual(rest, server);
  assert.equal(socketServer("/run/app", "0f1e2d3c4b5a"), "unix:/run/app/0f1e2d3c4b5a.sock");
});

test("a server writes its requests to its output where its system has such a log", () => {
  const options = { app: "config.wsgi:application", workerClass: "sync", workers: 5 };
  const without = gunicorn(options).join(" ");
  assert.equal(gunicorn({ ...options, accessLog: false }).join(" "), without);
  assert.equal(
    gunicorn({ ...options, accessLog: true }).join(" "),
    without.replace(" config.wsgi:application", " --access-logfile - config.wsgi:application"),
  );
});

test("budgets become zones, and routes draw on them with their burst", () => {
  const rates = { api: { requests: 100, per: "minute", burst: 50 } } as const;
  assert.deepEqual(rateZones(rates), [{ name: "api", requests: 100, per: "minute" }]);
  assert.deepEqual(drawOn(rates, "api"), { zone: "api", burst: 50 });
});
