import type { ServiceSettings } from "../services/application/serviceSettings.ts";
import {
  celeryBeat,
  celeryWorker,
  type Context,
  defineSystem,
  gunicorn,
  objectStore,
  postgres,
  proxy,
  redis,
  reloading,
  reloadingUvicorn,
  scheduler,
  tuned,
  uploadedFilesHeaders,
  web,
  worker,
} from "./define.ts";

const contentFolder = "/var/www/content";
const siteFolder = "/var/www/site";
const beatFolder = "/var/lib/beat";

/** What the API, the workers and the beat, which run one image, have in common. */
const application = {
  user: "1000:1000",
  uses: ["postgres", "redis", "minio"],
  mounts: [{ volume: "content", target: contentFolder, readOnly: false }],
  environment: {
    CELERY: "true",
    CONTENT_FOLDER: contentFolder,
    // Connections of one process: those it keeps, and those it may add under load.
    DB_POOL_SIZE: "5",
    DB_MAX_OVERFLOW: "5",
  },
} as const;

/** Above the longest task, which is 50 s, is the default grace. */
const celery = { ...application, minMemory: 160, after: ["app-migration"] } as const;
const app = "app.celery_app";

/** ARV: augmented-reality content, an API with its queues, schedule and object store. */
export const arv = defineSystem({
  name: "arv",
  network: "vertex-ar-network",
  services: {
    nginx: proxy({
      cpus: 1,
      memory: 128,
      mounts: [
        { volume: "content", target: contentFolder },
        { volume: "site", target: siteFolder },
      ],
      largeBodies: true,
      public: {
        preset: "strict",
        rate: "client",
        maxBodyMegabytes: 500,
        routes: [
          { path: "/api/", to: "app", rate: "api" },
          // What these take is read into memory as a whole.
          ...["/api/items", "/api/tasks", "/api/work"].map(
            (path) => ({ path, exact: true, to: "app", rate: "api", maxBodyMegabytes: 10 }) as const,
          ),
          {
            path: "/api/contents/",
            to: "app",
            rate: "upload",
            timeoutSeconds: 300,
            // Straight through to the application, which writes it down as it comes.
            buffering: false,
          },
          // The viewer looks for a picture in what the camera sees, and for how the device is held.
          { path: "/ar/", to: "app", allows: ["camera", "accelerometer", "gyroscope", "magnetometer"] },
          { path: "/docs", to: "app" },
          { path: "/redoc", to: "app" },
          { path: "/openapi.json", exact: true, to: "app" },
          { monitoring: ["/api/metrics"] },
          {
            path: "/storage/",
            to: { directory: contentFolder, cache: "30d" },
            headers: uploadedFilesHeaders,
          },
          { path: "/", to: { directory: siteFolder, singlePage: true, cache: "immutable" } },
        ],
      },
    }),
    app: web({
      ...application,
      port: 8000,
      health: "/api/health/status",
      cpus: 1,
      memory: 512,
      minMemory: 256,
      replicas: 2,
      after: ["app-migration", "app-site"],
      command: ({ service }) =>
        gunicorn({
          app: "app.asgi:app",
          workerClass: "uvicorn.workers.UvicornWorker",
          workers: uvicornWorkers(service),
          bind: `0.0.0.0:${service.port}`,
        }),
      developmentCommand: ({ service: { port } }) => reloadingUvicorn({ app: "app.asgi:app", port }),
    }),
    "celery-markers": worker({
      ...celery,
      ...works("markers"),
      cpus: 1,
      memory: 384,
      queue: "markers",
    }),
    "celery-notifications": worker({
      ...celery,
      ...works("notifications"),
      cpus: 0.5,
      memory: 256,
      queue: "notifications",
    }),
    "celery-default": worker({
      ...celery,
      ...works("default"),
      cpus: 0.5,
      memory: 256,
      queue: "default",
    }),
    "celery-beat": scheduler({
      ...celery,
      cpus: 0.25,
      memory: 192,
      mounts: [{ volume: "celery-beat-schedule", target: beatFolder, readOnly: false }],
      command: celeryBeat({ app, folder: beatFolder }),
      developmentCommand: reloading(celeryBeat({ app, folder: beatFolder })),
    }),
    postgres: postgres({
      cpus: 1,
      memory: 512,
      database: "arv",
      role: "arv",
      parameters: ({ service }) => tuned({ memory: service.limits.memory, connections: sessions(service) }),
    }),
    // As the document has it. Eviction may take queued work too; the application sends that again, see docs/systems/arv.md.
    redis: redis({ cpus: 0.5, memory: 384, minMemory: 320, maxMemory: 256, eviction: "allkeys-lru" }),
    minio: objectStore({ cpus: 1, memory: 512, external: true, bucket: "vertex-ar", client: "nginx" }),
  },
  jobs: {
    "app-migration": {
      of: "app",
      does: "migrate",
      command: ["sh", "-c", "alembic upgrade head && python -m app.seed"],
    },
    "app-site": {
      of: "app",
      does: "static",
      command: ["sh", "-c", `cp -R "\${PAGES_FOLDER:-pages}/." ${siteFolder}/`],
      only: [{ volume: "site", target: siteFolder, readOnly: false }],
    },
  },
  volumes: {
    content: { keeps: "data", of: "app", permissions: "0755" },
    site: { keeps: "shared", of: "app", permissions: "0755" },
    "celery-beat-schedule": { keeps: "shared", of: "celery-beat" },
  },
  queues: { markers: { in: "redis" }, notifications: { in: "redis" }, default: { in: "redis" } },
  rates: {
    api: { requests: 100, per: "minute", burst: 50 },
    upload: { requests: 20, per: "minute", burst: 20 },
    client: { requests: 50, per: "second", burst: 100 },
  },
  pages: { application: "/", documentation: "/docs", health: "/api/health/readiness" },
});

/** A pool of workers of one queue. */
function works(queue: string) {
  const command = ({ service: { limits } }: Context<never>) =>
    celeryWorker({ app, queues: [queue], concurrency: Math.max(1, Math.floor(limits.cpus)) });
  return { command, developmentCommand: (context: Context<never>) => reloading(command(context)) };
}

/** Two for each core, as its document's two to four. */
function uvicornWorkers({ limits }: ServiceSettings): number {
  return Math.max(2, Math.floor(limits.cpus * 2));
}

/** One for each 4 MiB: by the server's own limit alone, or another number of replicas would restart the database. */
function sessions({ limits }: ServiceSettings): number {
  return Math.min(400, Math.max(100, Math.floor(limits.memory / 4)));
}
