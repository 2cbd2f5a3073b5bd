import {
  type Context,
  defineSystem,
  gunicorn,
  postgres,
  proxy,
  redis,
  reloadingUvicorn,
  web,
  worker,
} from "./define.ts";

const api = {
  command: ({ service: { port } }: Context<never>) =>
    gunicorn({
      app: "app.asgi:app",
      workerClass: "uvicorn.workers.UvicornWorker",
      workers: 2,
      bind: `0.0.0.0:${port}`,
    }),
  developmentCommand: ({ service: { port } }: Context<never>) =>
    reloadingUvicorn({ app: "app.asgi:app", port }),
};

/** Work for the face-recognition worker waits here. */
const faces = { QUEUE: "faces" };

/** ATTN: a main application and a face-recognition microservice, two projects on one named network. */
export const attn = defineSystem({
  name: "attn",
  network: "attn_shared_network",
  services: {
    "main-app-nginx": proxy({
      cpus: 1,
      memory: 128,
      public: {
        preset: "strict",
        rate: "client",
        routes: [{ monitoring: ["/metrics", "/api/metrics"] }, { path: "/", to: "attn_backend_api" }],
      },
    }),
    attn_backend_api: web({
      ...api,
      port: 8000,
      cpus: 1,
      memory: 512,
      minMemory: 128,
      replicas: 2,
      uses: ["attn_postgres", "attn_redis", "api-gateway"],
    }),
    attn_redis: redis({ cpus: 0.5, memory: 128 }),
    attn_postgres: postgres({ cpus: 1, memory: 512, database: "attn", role: "attn" }),
    "microservice-nginx": proxy({ cpus: 0.5, memory: 64 }),
    "api-gateway": web({
      ...api,
      port: 8001,
      cpus: 1,
      memory: 512,
      minMemory: 128,
      replicas: 2,
      uses: ["attn_redis"],
      environment: faces,
    }),
    "face-recognition": worker({
      cpus: 2,
      memory: 1024,
      queue: "faces",
      uses: ["attn_redis"],
      command: ["python", "-m", "app.worker"],
      environment: faces,
      gpu: true,
    }),
  },
  queues: { faces: { in: "attn_redis", list: "queue:faces" } },
  rates: { client: { requests: 500, per: "second", burst: 1000 } },
  projects: [
    {
      name: "main-application",
      services: ["main-app-nginx", "attn_backend_api", "attn_redis", "attn_postgres"],
    },
    {
      name: "microservice",
      services: ["microservice-nginx", "api-gateway", "face-recognition"],
      after: ["attn_backend_api"],
    },
  ],
  pages: { application: "/", documentation: "/docs", health: "/health" },
});
