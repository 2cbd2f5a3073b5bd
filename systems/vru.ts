import * as pulumi from "@pulumi/pulumi";
import { DataFolder } from "../components/containers/dataFolder.ts";
import { filesFolder } from "../components/containers/fileVolume.ts";
import { gunicorn } from "../services/application/gunicorn.ts";
import { Nginx, type ProxyRoute } from "../services/proxy/nginx.ts";
import { Postgres } from "../services/postgres/postgres.ts";
import { tuned } from "../services/postgres/postgres.tuning.ts";
import { drawOn, rateZones } from "../services/proxy/rates.ts";
import { Redis } from "../services/redis/redis.ts";
import type { ServiceSettings } from "../services/application/serviceSettings.ts";
import { reloadingUvicorn } from "../services/application/uvicorn.ts";
import { viteDev } from "../services/site/vite.ts";
import { WebService, type Backend } from "../services/web/webService.ts";
import { Places } from "./places.ts";
import type { System, SystemArgs } from "./system.ts";
import { mlConfig } from "./vru/mlConfig.ts";
import { validationConfig } from "./vru/validationConfig.ts";
import { told, Watching } from "./watching.ts";

const modelsFolder = "/models";

/** VRU: validation of AI models, four services behind one gateway, with data in folders, watched as a whole. */
export class Vru extends pulumi.ComponentResource implements System {
  readonly network: pulumi.Output<string>;
  readonly endpoints: WebService[];
  readonly ready: pulumi.Output<true>;
  readonly secrets?: Record<string, pulumi.Output<string>>;
  readonly pages: Record<string, string>;

  constructor(name: string, args: SystemArgs<"vru">, opts?: pulumi.ComponentResourceOptions) {
    super("berth:systems:Vru", name, {}, opts);
    const { scope, services, domain, rates, dataRoot } = args;
    const inside = { parent: this };
    const places = new Places("vru-network", args, inside);
    const on = places.home;
    const at = places.of("ml-engine");
    const watching = new Watching({ ...on, services, alerts: args.alerts, dataRoot }, this);
    const postgres = new Postgres(
      "postgres",
      {
        ...on,
        service: services.postgres,
        database: "vru",
        role: "vru",
        parameters: tuned({ memory: services.postgres.limits.memory, connections: 200 }),
        confFile: true,
        monitored: watching.on,
        dataRoot,
      },
      inside,
    );
    const redis = new Redis("redis", { ...on, service: services.redis, dataRoot }, inside);
    const links = [postgres, redis];
    const { user } = services["ml-engine"];
    const models = new DataFolder(
      "models",
      { scope: at.scope, service: "ml-engine", path: `${dataRoot}/models`, user, permissions: "0755" },
      inside,
    );
    new DataFolder(
      "backups",
      { scope, service: "postgres", path: `${dataRoot}/backups`, user: services.postgres.user },
      inside,
    );
    const gpu = at.scope.host.capacity.gpus > 0;
    const ml = new WebService(
      "ml-engine",
      {
        ...at,
        ...api(services["ml-engine"]),
        service: services["ml-engine"],
        links: [redis],
        gpus: gpu ? "all" : undefined,
        environment: { ML_CONFIG: `${filesFolder}/ml_config.yaml` },
        files: { "ml_config.yaml": mlConfig({ device: gpu ? "cuda" : "cpu", models: modelsFolder }) },
        mounts: [{ target: modelsFolder, folder: models.folder }],
      },
      inside,
    );
    const camera = new WebService(
      "camera-service",
      {
        ...places.of("camera-service"),
        ...api(services["camera-service"]),
        service: services["camera-service"],
        links: [redis],
      },
      inside,
    );
    const validation = new WebService(
      "validation-engine",
      {
        ...places.of("validation-engine"),
        ...api(services["validation-engine"]),
        service: services["validation-engine"],
        links,
        peers: [ml, camera],
        environment: { VALIDATION_CONFIG: `${filesFolder}/validation_config.yaml` },
        files: { "validation_config.yaml": validationConfig({ mlEngine: ml.url, cameras: camera.url }) },
      },
      inside,
    );
    const gateway = new WebService(
      "api-gateway",
      {
        ...places.of("api-gateway"),
        ...api(services["api-gateway"]),
        service: services["api-gateway"],
        links,
        peers: [ml, camera, validation],
      },
      inside,
    );
    const frontend = new WebService(
      "frontend",
      {
        ...places.of("frontend"),
        service: services.frontend,
        developmentCommand: viteDev(services.frontend.port),
        environment: services.frontend.source ? { API_URL: gateway.url } : {},
      },
      inside,
    );
    const web = [gateway, ml, camera, validation, frontend];
    const nginx = new Nginx(
      "nginx",
      {
        ...on,
        service: services.nginx,
        answersFor: web,
        monitored: watching.on,
        rates: rateZones(rates),
        publicDoor: {
          names: domain === "" ? undefined : [domain],
          rate: drawOn(rates, "client"),
          maxBodyMegabytes: 100,
          routes: [...routes(gateway, frontend, args), ...watching.routes()],
        },
      },
      inside,
    );
    const proxies = [{ nginx, exporter: services["nginx-exporter"] }];
    const watched = watching.watch({ web, postgres, redis, proxies });
    this.network = on.network.networkName;
    this.endpoints = web;
    this.ready = pulumi.all([nginx.released, watched]).apply(() => true as const);
    this.pages = { application: "/", documentation: "/docs", health: "/health", ...watching.pages() };
    this.secrets = told(watching.secrets());
    this.registerOutputs();
  }
}

/** Two workers, or one for each core. */
function api({ port, limits }: ServiceSettings) {
  const workers = Math.max(2, Math.floor(limits.cpus));
  return {
    command: gunicorn({
      app: "app.asgi:app",
      workerClass: "uvicorn.workers.UvicornWorker",
      workers,
      bind: `0.0.0.0:${port}`,
    }),
    developmentCommand: reloadingUvicorn({ app: "app.asgi:app", port }),
  };
}

/** Numbers are Prometheus's to read and not the public's. */
function routes(gateway: Backend, frontend: Backend, { rates, services }: SystemArgs<"vru">): ProxyRoute[] {
  return [
    { path: "/api/", to: gateway, rate: drawOn(rates, "api") },
    { path: "/api/metrics", to: { answer: 404 } },
    { path: "/metrics", to: { answer: 404 } },
    { path: "/docs", to: gateway },
    { path: "/openapi.json", exact: true, to: gateway },
    { path: "/health", exact: true, to: gateway },
    // The development server puts scripts into the page, which the policy forbids.
    {
      path: "/",
      to: frontend,
      headers: services.frontend.source ? { "Content-Security-Policy": null } : {},
    },
  ];
}
