import * as pulumi from "@pulumi/pulumi";
import { DataVolume } from "../components/containers/dataVolume.ts";
import { heartbeatHealth } from "../components/containers/health.ts";
import { Network } from "../components/containers/network.ts";
import { SharedVolume } from "../components/containers/sharedVolume.ts";
import { ApplicationJob } from "../services/application/applicationJob.ts";
import { celeryBeat, celeryWorker } from "../services/application/celery.ts";
import { gunicorn } from "../services/application/gunicorn.ts";
import { Nginx, type PublicDoor } from "../services/proxy/nginx.ts";
import { uploadedFilesHeaders } from "../services/proxy/headers.ts";
import { ObjectStore } from "../services/objectStore/objectStore.ts";
import { outsidePostgres, outsideStore } from "../services/external/external.ts";
import { Postgres } from "../services/postgres/postgres.ts";
import { tuned } from "../services/postgres/postgres.tuning.ts";
import { drawOn, rateZones } from "../services/proxy/rates.ts";
import { Redis } from "../services/redis/redis.ts";
import { reloading } from "../services/application/reloading.ts";
import { Scheduler } from "../services/scheduler/scheduler.ts";
import type { ServiceSettings } from "../services/application/serviceSettings.ts";
import { reloadingUvicorn } from "../services/application/uvicorn.ts";
import { WebService } from "../services/web/webService.ts";
import { Worker } from "../services/worker/worker.ts";
import type { System, SystemArgs } from "./system.ts";
import { told, Watching } from "./watching.ts";

/** Each has a pool of workers of its own, `celery-<queue>`. */
const queues = ["markers", "notifications", "default"] as const;

const celeryApp = "app.celery_app";
const contentFolder = "/var/www/content";
const siteFolder = "/var/www/site";
const beatFolder = "/var/lib/beat";

/** Connections of one process: those it keeps, and those it may add under load. */
const pool = { size: 5, overflow: 5 };

/** ARV: augmented-reality content, an API with its queues, schedule and object store. */
export class Arv extends pulumi.ComponentResource implements System {
  readonly network: pulumi.Output<string>;
  readonly endpoints: WebService[];
  readonly ready: pulumi.Output<true>;
  readonly secrets?: Record<string, pulumi.Output<string>>;
  readonly pages: Record<string, string>;

  constructor(name: string, args: SystemArgs<"arv">, opts?: pulumi.ComponentResourceOptions) {
    super("berth:systems:Arv", name, {}, opts);
    const { scope, services, domain, rates, external } = args;
    const inside = { parent: this };
    const network = new Network("vertex-ar-network", { scope }, inside);
    const on = { scope, network };
    const watching = new Watching({ ...on, services, alerts: args.alerts }, this);
    const postgres = services.postgres
      ? new Postgres("postgres", { ...on, ...own(services.postgres), monitored: watching.on }, inside)
      : outsidePostgres(
          "postgres",
          { scope, external: external.postgres, database: "arv", role: "arv" },
          inside,
        );
    // As the document has it. Eviction may take queued work too; the application sends that again, see docs/systems/arv.md.
    const redis = new Redis(
      "redis",
      { ...on, service: services.redis, maxMemory: 256, eviction: "allkeys-lru" },
      inside,
    );
    const minio = services.minio
      ? new ObjectStore(
          "minio",
          {
            ...on,
            service: services.minio,
            bucket: "vertex-ar",
            client: services.nginx,
            monitored: watching.on,
          },
          inside,
        )
      : outsideStore("minio", { scope, external: external.minio }, inside);
    const links = [postgres, redis, minio];
    const of = (service: ServiceSettings) => ({ scope, service: service.name, user: service.user });
    const readable = { ...of(services.app), permissions: "0755" };
    const content = new DataVolume("content", readable, inside);
    const site = new SharedVolume("site", readable, inside);

    const application = {
      ...on,
      links,
      mounts: [{ target: contentFolder, volume: content.volumeName, readOnly: false }],
      environment: {
        CELERY: "true",
        CONTENT_FOLDER: contentFolder,
        DB_POOL_SIZE: String(pool.size),
        DB_MAX_OVERFLOW: String(pool.overflow),
      },
    };
    const migration = new ApplicationJob(
      "app-migration",
      {
        ...application,
        service: services.app,
        command: ["sh", "-c", "alembic upgrade head && python -m app.seed"],
      },
      inside,
    );
    const pages = new ApplicationJob(
      "app-site",
      {
        ...on,
        service: services.app,
        mounts: [{ target: siteFolder, volume: site.volumeName, readOnly: false }],
        command: ["sh", "-c", `cp -R "\${PAGES_FOLDER:-pages}/." ${siteFolder}/`],
      },
      inside,
    );
    const app = new WebService(
      "app",
      {
        ...application,
        service: services.app,
        gates: [migration, pages],
        command: gunicorn({
          app: "app.asgi:app",
          workerClass: "uvicorn.workers.UvicornWorker",
          workers: uvicornWorkers(services.app),
          bind: `0.0.0.0:${services.app.port}`,
        }),
        developmentCommand: reloadingUvicorn({ app: "app.asgi:app", port: services.app.port }),
      },
      inside,
    );
    const workers = queues.map((queue) => {
      const service = services[`celery-${queue}`];
      const concurrency = Math.max(1, Math.floor(service.limits.cpus));
      const command = celeryWorker({ app: celeryApp, queues: [queue], concurrency });
      return new Worker(
        service.name,
        {
          ...application,
          service,
          gates: [migration],
          command,
          developmentCommand: reloading(command),
          health: heartbeat,
        },
        inside,
      );
    });
    const beat = services["celery-beat"];
    const schedule = new SharedVolume("celery-beat-schedule", of(beat), inside);
    const command = celeryBeat({ app: celeryApp, folder: beatFolder });
    const scheduler = new Scheduler(
      "celery-beat",
      {
        ...application,
        service: beat,
        gates: [migration],
        mounts: [{ target: beatFolder, volume: schedule.volumeName, readOnly: false }],
        command,
        developmentCommand: reloading(command),
        health: heartbeat,
      },
      inside,
    );
    const nginx = new Nginx(
      "nginx",
      {
        ...on,
        service: services.nginx,
        answersFor: [app],
        monitored: watching.on,
        mounts: [
          { target: contentFolder, volume: content.volumeName },
          { target: siteFolder, volume: site.volumeName },
        ],
        largeBodies: true,
        rates: rateZones(rates),
        publicDoor: { names: domain === "" ? undefined : [domain], ...door(app, rates, watching) },
      },
      inside,
    );
    this.network = network.networkName;
    this.endpoints = [app];
    const store = minio instanceof ObjectStore ? minio : undefined;
    const watched = watching.watch({
      web: [app],
      postgres: postgres instanceof Postgres ? postgres : undefined,
      redis,
      queues,
      proxies: [{ nginx, exporter: services["nginx-exporter"] }],
      others: [...workers, scheduler, ...(store ? [store] : [])],
    });
    this.ready = pulumi.all([nginx.released, watched]).apply(() => true as const);
    this.pages = {
      application: "/",
      documentation: "/docs",
      health: "/api/health/readiness",
      ...watching.pages(),
    };
    this.secrets = told({
      ...(store && { [`object store, ${store.user}`]: store.password }),
      ...watching.secrets(),
    });
    this.registerOutputs();
  }
}

/** A file that a worker or the beat touches while it works: asking all workers over the queue is slow. */
const heartbeat = heartbeatHealth("/tmp/worker-heartbeat", 15);

function door(
  app: WebService,
  rates: SystemArgs<"arv">["rates"],
  watching: Watching,
): Omit<PublicDoor, "names"> {
  return {
    rate: drawOn(rates, "client"),
    maxBodyMegabytes: 500,
    routes: [
      { path: "/api/", to: app, rate: drawOn(rates, "api"), maxBodyMegabytes: 10 },
      {
        path: "/api/contents/",
        to: app,
        rate: drawOn(rates, "upload"),
        timeoutSeconds: 300,
        // Straight through to the application, which writes it down as it comes.
        buffering: false,
      },
      { path: "/ar/", to: app },
      { path: "/docs", to: app },
      { path: "/redoc", to: app },
      { path: "/openapi.json", exact: true, to: app },
      ...watching.routes("/api/metrics"),
      {
        path: "/storage/",
        to: { directory: contentFolder, cache: "30d" },
        headers: uploadedFilesHeaders,
      },
      { path: "/", to: { directory: siteFolder, singlePage: true, cache: "immutable" } },
    ],
  };
}

/** The system's own database, sized by what it may use. */
function own(service: ServiceSettings) {
  const parameters = tuned({ memory: service.limits.memory, connections: sessions(service) });
  return { service, database: "arv", role: "arv", parameters };
}

/** Two for each core, as its document's two to four. */
function uvicornWorkers({ limits }: ServiceSettings): number {
  return Math.max(2, Math.floor(limits.cpus * 2));
}

/** One for each 4 MiB: by the server's own limit alone, or another number of replicas would restart the database. */
function sessions({ limits }: ServiceSettings): number {
  return Math.min(400, Math.max(100, Math.floor(limits.memory / 4)));
}
