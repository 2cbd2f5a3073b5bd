import * as pulumi from "@pulumi/pulumi";
import { gunicorn } from "../services/application/gunicorn.ts";
import { Nginx } from "../services/proxy/nginx.ts";
import { Postgres } from "../services/postgres/postgres.ts";
import { drawOn, rateZones } from "../services/proxy/rates.ts";
import { Redis } from "../services/redis/redis.ts";
import { reloadingUvicorn } from "../services/application/uvicorn.ts";
import { viteDev } from "../services/site/vite.ts";
import { WebService } from "../services/web/webService.ts";
import { Places } from "./places.ts";
import type { System, SystemArgs } from "./system.ts";
import { told, Watching } from "./watching.ts";

/** LOC8: location analytics, a single-page front end and an API behind one nginx. */
export class Loc8 extends pulumi.ComponentResource implements System {
  readonly network: pulumi.Output<string>;
  readonly endpoints: WebService[];
  readonly ready: pulumi.Output<true>;
  readonly secrets?: Record<string, pulumi.Output<string>>;
  readonly pages: Record<string, string>;

  constructor(name: string, args: SystemArgs<"loc8">, opts?: pulumi.ComponentResourceOptions) {
    super("berth:systems:Loc8", name, {}, opts);
    const { scope, services, domain, rates } = args;
    const inside = { parent: this };
    const places = new Places("loc8-network", args, inside);
    const on = places.home;
    const watching = new Watching({ ...on, services, alerts: args.alerts }, this);
    const postgres =
      services.postgres &&
      new Postgres(
        "postgres",
        { ...on, service: services.postgres, database: "loc8", role: "loc8", monitored: watching.on },
        inside,
      );
    const redis = services.redis && new Redis("redis", { ...on, service: services.redis }, inside);
    const { port } = services.backend;
    const backend = new WebService(
      "backend",
      {
        ...places.of("backend"),
        service: services.backend,
        command: gunicorn({
          app: "app.wsgi:app",
          workerClass: "gevent",
          workers: 4,
          bind: `0.0.0.0:${port}`,
        }),
        developmentCommand: reloadingUvicorn({ app: "app.asgi:app", port }),
        links: [postgres, redis].filter((link) => link !== undefined),
        environment: { CORS_ORIGINS: corsOrigins(domain, scope.host.publication) },
      },
      inside,
    );
    const frontend = new WebService(
      "frontend",
      {
        ...places.of("frontend"),
        service: services.frontend,
        developmentCommand: viteDev(services.frontend.port),
        environment: services.frontend.source ? { API_URL: backend.url } : {},
      },
      inside,
    );
    const nginx = new Nginx(
      "nginx",
      {
        ...on,
        service: services.nginx,
        answersFor: [backend, frontend],
        monitored: watching.on,
        rates: rateZones(rates),
        publicDoor: {
          names: domain === "" ? undefined : [domain],
          rate: drawOn(rates, "client"),
          routes: [
            { path: "/api/", to: backend, rate: drawOn(rates, "api") },
            { path: "/docs", to: backend },
            { path: "/openapi.json", exact: true, to: backend },
            { path: "/health", exact: true, to: backend },
            ...watching.routes("/metrics", "/api/metrics"),
            // The development server puts scripts into the page, which the policy forbids.
            {
              path: "/",
              to: frontend,
              headers: services.frontend.source ? { "Content-Security-Policy": null } : {},
            },
          ],
        },
      },
      inside,
    );
    this.network = on.network.networkName;
    this.endpoints = [backend, frontend];
    const proxies = [{ nginx, exporter: services["nginx-exporter"] }];
    const watched = watching.watch({ web: [backend, frontend], postgres, redis, proxies });
    this.ready = pulumi.all([nginx.released, watched]).apply(() => true as const);
    this.pages = { application: "/", documentation: "/docs", health: "/health", ...watching.pages() };
    this.secrets = told(watching.secrets());
    this.registerOutputs();
  }
}

/** With a domain only its own pages may call the API; on a loopback address any page may, for development. */
function corsOrigins(domain: string, { ip }: { ip: string }): string {
  if (domain !== "") return `https://${domain},http://${domain}`;
  return ip.startsWith("127.") || ip === "::1" ? "*" : "";
}
