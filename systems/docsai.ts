import {
  type BuiltSystem,
  type Context,
  defineSystem,
  djangoSuperuser,
  type Extra,
  gunicorn,
  isSecure,
  onSocket,
  origins,
  postgres,
  proxy,
  runsOwnProcess,
  uploadedFilesHeaders,
  web,
} from "./define.ts";

const socketFolder = "/run/app";
const staticFolder = "/var/www/static";
const mediaFolder = "/var/www/media";

/** DocsAI: a Django site behind nginx, which reaches it through unix sockets and serves its files itself. */
export const docsai = defineSystem({
  name: "docsai",
  title: "DocsAI",
  component: "DocsAi",
  network: "docsai-network",
  services: {
    nginx: proxy({
      cpus: 1,
      memory: 128,
      mounts: [
        { volume: "static", target: staticFolder },
        { volume: "media", target: mediaFolder },
      ],
      largeBodies: true,
      public: {
        preset: "strict",
        rate: "rest",
        maxBodyMegabytes: 50,
        // Django's CSRF check reads the referrer of a form.
        headers: { "Referrer-Policy": "same-origin" },
        routes: [
          // While its source is mounted, the application serves files that aren't collected yet.
          { path: "/static/", to: { directory: staticFolder, cache: "30d" }, developing: "app" },
          { path: "/media/", to: { directory: mediaFolder, cache: "30d" }, headers: uploadedFilesHeaders },
          { path: "/api/", to: "app", rate: "api" },
          { monitoring: ["/metrics"] },
          { path: "/", to: "app" },
        ],
      },
    }),
    app: web({
      user: "1000:1000",
      sourceFolder: "/srv/documents",
      port: 8000,
      cpus: 1,
      memory: 512,
      minMemory: 192,
      replicas: 2,
      uses: ["postgres"],
      databaseParts: true,
      generated: { SECRET_KEY: { length: 64 } },
      after: ["app-migration", "app-static"],
      socket: { volume: "app-sockets", folder: socketFolder },
      // A sync worker has one connection at a time: one that is kept open would hold a whole worker.
      keepAliveSeconds: 0,
      command: (context) => listening(context, django(context)),
      developmentCommand: (context) => listening(context, [...django(context), "--reload"]),
      mounts: [
        { volume: "static", target: staticFolder, readOnly: false },
        { volume: "media", target: mediaFolder, readOnly: false },
      ],
      environment: (context) => ({
        DJANGO_ENV: "production",
        DEBUG: "False",
        ALLOWED_HOSTS: allowedHosts(context),
        CONN_MAX_AGE: "600",
        DATABASE_ENGINE: "postgresql",
        STATIC_ROOT: staticFolder,
        MEDIA_ROOT: mediaFolder,
        UPLOAD_FOLDER: mediaFolder,
        ...(isSecure(context) && secure(context)),
      }),
      developmentEnvironment: { DJANGO_ENV: "development", DEBUG: "True" },
    }),
    postgres: postgres({
      cpus: 1,
      memory: 512,
      database: "docsai",
      role: "docsai_user",
    }),
  },
  jobs: {
    "app-check": { of: "app", does: "check", command: manage("check", "--deploy", "--fail-level", "ERROR") },
    "app-migration": {
      of: "app",
      does: "migrate",
      after: ["app-check"],
      command: manage("migrate", "--noinput"),
    },
    "app-static": {
      of: "app",
      does: "static",
      after: ["app-check"],
      command: manage("collectstatic", "--noinput"),
    },
  },
  volumes: {
    "app-sockets": { keeps: "shared", of: "app", permissions: "0755" },
    static: { keeps: "shared", of: "app", permissions: "0755", filledBy: "app-static" },
    media: { keeps: "data", of: "app", permissions: "0755", bucket: true },
  },
  rates: {
    api: { requests: 10, per: "second", burst: 20 },
    rest: { requests: 30, per: "second", burst: 60 },
  },
  pages: { application: "/", administration: "/admin/", health: "/health" },
  superuser: true,
  extra: administrator,
});

function manage(...words: string[]): string[] {
  return ["python", "manage.py", ...words];
}

/** On a socket, as its document has it, where there is one machine. */
function listening({ swarm }: Context<never>, command: string[]): string[] {
  return swarm ? command : onSocket(socketFolder, command);
}

/** Its document's workers, twice the cores and one more, and its access log. Prometheus, which reads no sockets, finds them on a port. */
function django({ service: { limits, port }, watched, swarm }: Context<never>): string[] {
  const workers = Math.max(1, Math.floor(limits.cpus)) * 2 + 1;
  return gunicorn({
    app: "config.wsgi:application",
    workerClass: "sync",
    workers,
    timeoutSeconds: 30,
    accessLog: true,
    bind: watched || swarm ? `0.0.0.0:${port}` : undefined,
  });
}

/** The machines' addresses, the public names, and what callers inside the system and the health check say. */
function allowedHosts({ addresses, names, swarm }: Context<never>) {
  // Django writes a wildcard with a dot alone.
  const djangoHost = (name: string) => name.replace(/^\*/, "");
  // Of a socket health is asked as localhost, of a port by address.
  const inside = ["localhost", ...(swarm ? ["127.0.0.1"] : []), "app"];
  return addresses.apply((found) => [...new Set([...found, ...names.map(djangoHost), ...inside])].join(","));
}

/** Cookies go over HTTPS alone, and a form may come from any of the names. */
function secure(context: Context<never>): Record<string, string> {
  return { TLS: "true", CSRF_TRUSTED_ORIGINS: origins(context).join(",") };
}

/** Makes the administrator, or gives the one of that name a new password. */
async function administrator(system: BuiltSystem<"app", "app-migration">): Promise<Extra> {
  const { superuser, scope, opts, argsOf, job, resource } = system;
  if (superuser === "") return {};
  const [{ GeneratedSecret }, { ApplicationJob }, { variables }] = await Promise.all([
    import("../components/containers/generatedSecret.ts"),
    import("../services/application/applicationJob.ts"),
    import("../services/application/link.ts"),
  ]);
  const made = "superuser-password";
  const counter = scope.rotate?.[made];
  const password = new GeneratedSecret(made, { protect: scope.protectData, counter }, opts).value;
  const args = argsOf("app");
  const own = runsOwnProcess(args.service);
  // An image that migrates its database itself has done so once it serves.
  const serving = own && args.service.jobs?.migrate === undefined ? resource("app") : undefined;
  const login = variables({
    environment: {
      DJANGO_SUPERUSER_USERNAME: superuser,
      // Django insists on one.
      ...(own && { DJANGO_SUPERUSER_EMAIL: superuser.includes("@") ? superuser : `${superuser}@localhost` }),
    },
    secrets: { DJANGO_SUPERUSER_PASSWORD: password },
  });
  new ApplicationJob(
    "app-superuser",
    {
      ...args,
      gates: [job("app-migration")],
      links: [...(args.links ?? []), login],
      command: own ? [...djangoSuperuser] : manage("create_superuser_once"),
      ...(serving && { after: [serving] }),
    },
    opts,
  );
  return { secrets: { [`administration, ${superuser}`]: password } };
}
