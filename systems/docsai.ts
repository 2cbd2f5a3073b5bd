import * as pulumi from "@pulumi/pulumi";
import { DataVolume } from "../components/containers/dataVolume.ts";
import { GeneratedSecret } from "../components/containers/generatedSecret.ts";
import { Network } from "../components/containers/network.ts";
import { SharedVolume } from "../components/containers/sharedVolume.ts";
import type { ApplicationArgs } from "../services/application/application.ts";
import { ApplicationJob } from "../services/application/applicationJob.ts";
import { gunicorn } from "../services/application/gunicorn.ts";
import { variables } from "../services/application/link.ts";
import { Nginx, type PublicDoor } from "../services/proxy/nginx.ts";
import { outsidePostgres } from "../services/external/external.ts";
import { uploadedFilesHeaders } from "../services/proxy/headers.ts";
import { Postgres } from "../services/postgres/postgres.ts";
import { drawOn, rateZones } from "../services/proxy/rates.ts";
import type { ServiceSettings } from "../services/application/serviceSettings.ts";
import { onSocket } from "../services/application/socket.ts";
import { WebService } from "../services/web/webService.ts";
import type { System, SystemArgs } from "./system.ts";
import { told, Watching } from "./watching.ts";

const socketFolder = "/run/app";
const staticFolder = "/var/www/static";
const mediaFolder = "/var/www/media";

/** DocsAI: a Django site behind nginx, which reaches it through unix sockets and serves its files itself. */
export class DocsAi extends pulumi.ComponentResource implements System {
  readonly network: pulumi.Output<string>;
  readonly endpoints: WebService[];
  readonly ready: pulumi.Output<true>;
  readonly secrets?: Record<string, pulumi.Output<string>>;
  readonly pages: Record<string, string>;

  constructor(name: string, args: SystemArgs<"docsai">, opts?: pulumi.ComponentResourceOptions) {
    super("berth:systems:DocsAi", name, {}, opts);
    const { scope, services, domain, rates, external, superuser } = args;
    const { app: service } = services;
    const inside = { parent: this };
    const network = new Network("docsai-network", { scope }, inside);
    const on = { scope, network };
    const watching = new Watching({ ...on, services, alerts: args.alerts }, this);
    const keep = { protect: scope.protectData };
    const postgres = services.postgres
      ? new Postgres(
          "postgres",
          {
            ...on,
            service: services.postgres,
            database: "docsai",
            role: "docsai_user",
            monitored: watching.on,
          },
          inside,
        )
      : outsidePostgres(
          "postgres",
          { scope, external: external.postgres, database: "docsai", role: "docsai_user" },
          inside,
        );
    const secretKey = new GeneratedSecret("app-secret-key", { length: 64, ...keep }, inside);
    const owner = { scope, service: service.name, user: service.user, permissions: "0755" };
    const sockets = new SharedVolume("app-sockets", owner, inside);
    const statics = new SharedVolume("static", owner, inside);
    const media = new DataVolume("media", owner, inside);
    const files = [
      { target: staticFolder, volume: statics.volumeName },
      { target: mediaFolder, volume: media.volumeName },
    ];

    const production = {
      ...on,
      service,
      links: [postgres, postgres.parts(), variables({ secrets: { SECRET_KEY: secretKey.value } })],
      mounts: files.map((mount) => ({ ...mount, readOnly: false })),
      environment: {
        DJANGO_ENV: "production",
        DEBUG: "False",
        ALLOWED_HOSTS: allowedHosts(args),
        CONN_MAX_AGE: "600",
        DATABASE_ENGINE: "postgresql",
        STATIC_ROOT: staticFolder,
        MEDIA_ROOT: mediaFolder,
        UPLOAD_FOLDER: mediaFolder,
      },
    };
    const developing = service.source && { DJANGO_ENV: "development", DEBUG: "True" };
    const application = { ...production, environment: { ...production.environment, ...developing } };
    const manage = (step: string, words: string[], gates: ApplicationJob[]) =>
      new ApplicationJob(
        `app-${step}`,
        { ...production, gates, command: ["python", "manage.py", ...words] },
        inside,
      );
    const check = manage("check", ["check", "--deploy", "--fail-level", "ERROR"], []);
    const migration = manage("migration", ["migrate", "--noinput"], [check]);
    const collected = manage("static", ["collectstatic", "--noinput"], [check]);

    const password = superuser && new GeneratedSecret("superuser-password", keep, inside).value;
    if (password) administrator(superuser, password, { ...production, gates: [migration] }, this);
    const app = new WebService(
      "app",
      {
        ...application,
        gates: [migration, collected],
        socket: { folder: socketFolder, volume: sockets.volumeName },
        // A sync worker has one connection at a time: one that is kept open would hold a whole worker.
        keepAliveSeconds: 0,
        alsoOnPort: watching.on,
        command: onSocket(socketFolder, django(service, watching.on)),
        developmentCommand: onSocket(socketFolder, [...django(service, watching.on), "--reload"]),
      },
      inside,
    );
    const nginx = new Nginx(
      "nginx",
      {
        ...on,
        service: services.nginx,
        answersFor: [app],
        mounts: files,
        largeBodies: true,
        monitored: watching.on,
        rates: rateZones(rates),
        publicDoor: { names: domain === "" ? undefined : [domain], ...door(app, args, watching) },
      },
      inside,
    );
    this.network = network.networkName;
    this.endpoints = [app];
    const watched = watching.watch({
      web: [app],
      postgres: postgres instanceof Postgres ? postgres : undefined,
      proxies: [{ nginx, exporter: services["nginx-exporter"] }],
    });
    this.ready = pulumi.all([nginx.released, watched]).apply(() => true as const);
    this.pages = { application: "/", administration: "/admin/", health: "/health", ...watching.pages() };
    this.secrets = told({
      ...(password && { [`administration, ${superuser}`]: password }),
      ...watching.secrets(),
    });
    this.registerOutputs();
  }
}

/** Makes the administrator, or gives the one of that name this password. */
function administrator(
  name: string,
  password: pulumi.Output<string>,
  args: ApplicationArgs,
  parent: pulumi.Resource,
): ApplicationJob {
  const link = variables({
    environment: { DJANGO_SUPERUSER_USERNAME: name },
    secrets: { DJANGO_SUPERUSER_PASSWORD: password },
  });
  const links = [...(args.links ?? []), link];
  const command = ["python", "manage.py", "create_superuser_once"];
  return new ApplicationJob("app-superuser", { ...args, links, command }, { parent });
}

/** Its document's workers: twice the cores and one more. Prometheus, which reads no sockets, finds them on a port. */
function django({ limits, port }: ServiceSettings, watched: boolean): string[] {
  const workers = Math.max(1, Math.floor(limits.cpus)) * 2 + 1;
  return gunicorn({
    app: "config.wsgi:application",
    workerClass: "sync",
    workers,
    timeoutSeconds: 30,
    bind: watched ? `0.0.0.0:${port}` : undefined,
  });
}

function door(
  app: WebService,
  { rates, services }: SystemArgs<"docsai">,
  watching: Watching,
): Omit<PublicDoor, "names"> {
  return {
    rate: drawOn(rates, "rest"),
    maxBodyMegabytes: 50,
    // Django's check of forms reads where they come from.
    headers: { "Referrer-Policy": "same-origin" },
    routes: [
      // While its source is mounted, the application serves what nobody has collected yet.
      { path: "/static/", to: services.app.source ? app : { directory: staticFolder, cache: "30d" } },
      { path: "/media/", to: { directory: mediaFolder, cache: "30d" }, headers: uploadedFilesHeaders },
      { path: "/api/", to: app, rate: drawOn(rates, "api") },
      ...watching.routes("/metrics"),
      { path: "/", to: app },
    ],
  };
}

/** The machine's address, the domain, and what callers inside the system and the health check say. */
function allowedHosts({ scope, domain }: SystemArgs<"docsai">): pulumi.Output<string> {
  return scope.host.address.apply((address) =>
    [...new Set([address, domain, "localhost", "app"])].filter((host) => host !== "").join(","),
  );
}
