import {
  defineSystem,
  gunicorn,
  origins,
  postgres,
  proxy,
  redis,
  reloadingUvicorn,
  site,
  web,
  type Context,
} from "./define.ts";

/** LOC8: location analytics, a single-page front end and an API behind one nginx. */
export const loc8 = defineSystem({
  name: "loc8",
  network: "loc8-network",
  services: {
    nginx: proxy({
      cpus: 1,
      memory: 128,
      public: {
        preset: "strict",
        rate: "client",
        routes: [
          { path: "/api/", to: "backend", rate: "api" },
          { path: "/docs", to: "backend" },
          { path: "/openapi.json", exact: true, to: "backend" },
          { path: "/health", exact: true, to: "backend" },
          { monitoring: ["/metrics", "/api/metrics"] },
          { path: "/", to: "frontend" },
        ],
      },
    }),
    backend: web({
      user: "1000:1000",
      port: 8000,
      health: "/docs",
      cpus: 1,
      memory: 512,
      minMemory: 192,
      replicas: 2,
      uses: ["postgres", "redis"],
      command: ({ service: { port } }) =>
        gunicorn({ app: "app.wsgi:app", workerClass: "gevent", workers: 4, bind: `0.0.0.0:${port}` }),
      developmentCommand: ({ service: { port } }) => reloadingUvicorn({ app: "app.asgi:app", port }),
      environment: (context) => ({ CORS_ORIGINS: corsOrigins(context) }),
    }),
    frontend: site({ cpus: 1, memory: 128, api: "backend" }),
    postgres: postgres({ cpus: 1, memory: 512, optional: true, database: "loc8", role: "loc8" }),
    redis: redis({ cpus: 0.5, memory: 128, optional: true }),
  },
  rates: {
    api: { requests: 400, per: "second", burst: 800 },
    client: { requests: 500, per: "second", burst: 1000 },
  },
  pages: { application: "/", documentation: "/docs", health: "/health" },
});

/** With a domain only its own pages may call the API; on a loopback address any page may, for development. */
function corsOrigins(context: Context<never>): string {
  const { names, publication } = context;
  if (names.length > 0) return origins(context).join(",");
  const { ip } = publication;
  return ip.startsWith("127.") || ip === "::1" ? "*" : "";
}
