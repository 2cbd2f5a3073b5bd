import * as pulumi from "@pulumi/pulumi";
import { heartbeatHealth } from "../components/containers/health.ts";
import { gunicorn } from "../services/application/gunicorn.ts";
import { Nginx } from "../services/proxy/nginx.ts";
import { Postgres } from "../services/postgres/postgres.ts";
import { drawOn, rateZones } from "../services/proxy/rates.ts";
import { Redis } from "../services/redis/redis.ts";
import { reloadingUvicorn } from "../services/application/uvicorn.ts";
import { WebService } from "../services/web/webService.ts";
import { Worker } from "../services/worker/worker.ts";
import { Places } from "./places.ts";
import type { System, SystemArgs } from "./system.ts";
import { told, Watching } from "./watching.ts";

const api = (port: number) => ({
  command: gunicorn({
    app: "app.asgi:app",
    workerClass: "uvicorn.workers.UvicornWorker",
    workers: 2,
    bind: `0.0.0.0:${port}`,
  }),
  developmentCommand: reloadingUvicorn({ app: "app.asgi:app", port }),
});

/** Work for the face-recognition worker waits here. */
const queue = "faces";

type Args = SystemArgs<"attn">;

/** ATTN: a main application and a face-recognition microservice, two projects on one named network. */
export class Attn extends pulumi.ComponentResource implements System {
  readonly network: pulumi.Output<string>;
  readonly endpoints: WebService[];
  readonly ready: pulumi.Output<true>;
  readonly secrets?: Record<string, pulumi.Output<string>>;
  readonly pages: Record<string, string>;

  constructor(name: string, args: Args, opts?: pulumi.ComponentResourceOptions) {
    super("berth:systems:Attn", name, {}, opts);
    const main = new MainApplication("main-application", args, { parent: this });
    const faces = new Microservice("microservice", { ...args, main }, { parent: this });
    this.network = main.places.home.network.networkName;
    this.endpoints = [main.backend, faces.gateway];
    const { services } = args;
    const { watching } = main;
    const watched = watching.watch(
      {
        web: [main.backend, faces.gateway],
        postgres: main.postgres,
        redis: main.redis,
        queues: [`queue:${queue}`],
        proxies: [
          { nginx: main.proxy, exporter: services["nginx-exporter"] },
          { nginx: faces.proxy, exporter: services["microservice-nginx-exporter"] },
        ],
        others: [faces.worker],
      },
      this,
    );
    this.ready = pulumi.all([main.proxy.released, faces.proxy.released, watched]).apply(() => true as const);
    this.pages = { application: "/", documentation: "/docs", health: "/health", ...watching.pages() };
    this.secrets = told(watching.secrets());
    this.registerOutputs();
  }
}

/** The main application's project: it creates the network, and its nginx is the only entry. */
class MainApplication extends pulumi.ComponentResource {
  readonly places: Places;
  readonly watching: Watching;
  readonly postgres: Postgres;
  readonly redis: Redis;
  readonly backend: WebService;
  readonly proxy: Nginx;

  constructor(name: string, args: Args, opts?: pulumi.ComponentResourceOptions) {
    super("berth:systems:attn:MainApplication", name, {}, opts);
    const { services, domain, rates } = args;
    const inside = { parent: this };
    this.places = new Places("attn_shared_network", args, inside);
    const on = this.places.home;
    this.watching = new Watching({ ...on, services, alerts: args.alerts }, this);
    this.postgres = new Postgres(
      "attn_postgres",
      {
        ...on,
        service: services.attn_postgres,
        database: "attn",
        role: "attn",
        monitored: this.watching.on,
      },
      inside,
    );
    this.redis = new Redis("attn_redis", { ...on, service: services.attn_redis }, inside);
    this.backend = new WebService(
      "attn_backend_api",
      {
        ...this.places.of("attn_backend_api"),
        ...api(services.attn_backend_api.port),
        service: services.attn_backend_api,
        links: [this.postgres, this.redis],
        // Named, not passed: the microservice comes up after the main application.
        peers: [{ name: "api-gateway", url: `http://api-gateway:${services["api-gateway"].port}` }],
      },
      inside,
    );
    this.proxy = new Nginx(
      "main-app-nginx",
      {
        ...on,
        service: services["main-app-nginx"],
        answersFor: [this.backend],
        monitored: this.watching.on,
        rates: rateZones(rates),
        publicDoor: {
          names: domain === "" ? undefined : [domain],
          rate: drawOn(rates, "client"),
          routes: [...this.watching.routes("/metrics", "/api/metrics"), { path: "/", to: this.backend }],
        },
      },
      inside,
    );
    this.registerOutputs();
  }
}

/** The microservice's project: it joins the main application's network and publishes nothing. */
class Microservice extends pulumi.ComponentResource {
  readonly gateway: WebService;
  readonly worker: Worker;
  readonly proxy: Nginx;

  constructor(
    name: string,
    { services, main }: Args & { main: MainApplication },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("berth:systems:attn:Microservice", name, {}, opts);
    const inside = { parent: this };
    const { places } = main;
    // Its files needn't wait; its containers come up after the main application's.
    const after = [main.backend];
    const environment = { QUEUE: queue };
    const at = places.of("face-recognition");
    const gpus = at.scope.host.capacity.gpus > 0 ? "all" : undefined;
    this.gateway = new WebService(
      "api-gateway",
      {
        ...places.of("api-gateway"),
        after,
        ...api(services["api-gateway"].port),
        service: services["api-gateway"],
        links: [main.redis],
        environment,
      },
      inside,
    );
    this.worker = new Worker(
      "face-recognition",
      {
        ...at,
        after,
        service: services["face-recognition"],
        command: ["python", "-m", "app.worker"],
        health: heartbeatHealth("/tmp/worker-heartbeat", 15),
        links: [main.redis],
        environment,
        gpus,
      },
      inside,
    );
    this.proxy = new Nginx(
      "microservice-nginx",
      {
        ...places.home,
        after,
        service: services["microservice-nginx"],
        answersFor: [this.gateway],
        monitored: main.watching.on,
      },
      inside,
    );
    this.registerOutputs();
  }
}
