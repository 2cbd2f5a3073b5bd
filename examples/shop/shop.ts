import { defineSystem, gunicorn, postgres, proxy, redis, reloadingUvicorn, web, worker } from "berth/system";

/** A shop: an API that takes orders, and a worker that sees to them. */
export default defineSystem({
  name: "shop",
  network: "shop-network",
  services: {
    nginx: proxy({
      cpus: 0.5,
      memory: 64,
      public: {
        rate: "client",
        routes: [
          { path: "/api/", to: "api", rate: "api" },
          { path: "/", to: "api" },
        ],
      },
    }),
    api: web({
      port: 8000,
      cpus: 1,
      memory: 256,
      minMemory: 128,
      replicas: 2,
      uses: ["database", "queue"],
      after: ["api-migration"],
      command: ({ service: { port } }) =>
        gunicorn({
          app: "app.asgi:app",
          workerClass: "uvicorn.workers.UvicornWorker",
          workers: 1,
          bind: `0.0.0.0:${port}`,
        }),
      developmentCommand: ({ service: { port } }) => reloadingUvicorn({ app: "app.asgi:app", port }),
      environment: { QUEUE: "orders" },
    }),
    orders: worker({
      cpus: 0.5,
      memory: 128,
      uses: ["database", "queue"],
      queue: "orders",
      command: ["python", "-m", "app.worker"],
      environment: { QUEUE: "orders" },
    }),
    database: postgres({ cpus: 0.5, memory: 256, database: "shop", role: "shop", external: true }),
    queue: redis({ cpus: 0.25, memory: 64 }),
  },
  jobs: { "api-migration": { of: "api", command: ["alembic", "upgrade", "head"], does: "migrate" } },
  queues: { orders: { in: "queue", list: "queue:orders" } },
  rates: {
    api: { requests: 50, per: "second", burst: 100 },
    client: { requests: 200, per: "second", burst: 400 },
  },
  pages: { application: "/", health: "/health" },
});
