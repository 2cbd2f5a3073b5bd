import { defineSystem, gunicorn, postgres, proxy, redis, reloadingUvicorn, site, web } from "./define.ts";

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
      environment: ({ domain, publication }) => ({ CORS_ORIGINS: corsOrigins(domain, publication.ip) }),
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
function corsOrigins(domain: string, ip: string): string {
  if (domain !== "") return `https://${domain},http://${domain}`;
  return ip.startsWith("127.") || ip === "::1" ? "*" : "";
}
