import { errorBodies } from "./errorBodies.ts";
import { addedHeaders, fixedHeaders, headerLayers, hiddenHeaders } from "./headers.ts";
import { errorLines, locations, type Surroundings } from "./location.ts";
import { maintenanceLines, maintenanceLocations } from "./maintenance.ts";
import type {
  CertificateMetrics,
  Handing,
  InnerListener,
  Listener,
  ProxyModel,
  ResponseHeaders,
  Route,
  Tls,
  Upstream,
} from "./model.ts";
import { endMetric } from "../certificates/folders.ts";
import { healthPort } from "./ports.ts";
import { presets } from "./presets.ts";
import { block, paragraphs } from "./text.ts";

/** The servers of one public port, and of its HTTPS port. */
export function publicServers(listener: Listener, model: ProxyModel): string[][] {
  const { tls } = listener;
  const headers = headerLayers(listener, model);
  const main = mainServer(listener, tls ? tlsLines(listener, tls) : ownLines(listener, model), model);
  const strangers =
    listener.names === undefined || mayBeStrange(listener, model) ? [] : strangerServers(listener, headers);
  return [
    ...strangers,
    ...aliasServers(listener, model),
    ...(tls ? [redirectServer(listener, tls, headers, "$host")] : []),
    main,
  ];
}

/** With TLS the aliases are in the certificate too: each leads to the first name by one step, over either scheme. */
function aliasServers(listener: Listener, model: ProxyModel): string[][] {
  const { port, names: [name = ""] = [], aliases = [], tls } = listener;
  if (aliases.length === 0) return [];
  const headers = headerLayers(listener, model);
  if (tls) {
    const alias = { ...listener, names: aliases };
    const place = `return 308 https://${name}${httpsPort(tls)}$request_uri;`;
    return [
      redirectServer(alias, tls, headers, name),
      block("server", [...tlsLines(alias, tls), ...fixedHeaders(headers, "https"), place]),
    ];
  }
  const plain = (model.trustedProxies ?? []).length > 0 ? "$client_scheme" : "$scheme";
  const lines = [
    ...plainLines({ port, names: aliases, routes: [] }),
    ...fixedHeaders(headers, "either"),
    `return 308 ${plain}://${name}$is_request_port$request_port$request_uri;`,
  ];
  return [block("server", lines)];
}

/** Empty for the one that nobody has to write. */
function httpsPort({ port = 443, publicPort = port }: Tls): string {
  return publicPort === 443 ? "" : `:${publicPort}`;
}

function mainServer(listener: Listener, listen: readonly string[], model: ProxyModel): string[] {
  const layers = (route?: Route): ResponseHeaders[] => headerLayers(listener, model, route);
  const server: Surroundings = {
    upstreams: byName(model.upstreams),
    layers,
    rate: listener.rate,
    model,
    paths: new Set(listener.routes.map(({ path }) => path)),
  };
  const routes = listener.routes.flatMap((route, id) => locations(route, id, server));
  const limits = [
    `client_max_body_size ${listener.maxBodyMegabytes ?? 10}m;`,
    `limit_conn clients ${model.connectionsPerClient ?? 1000};`,
  ];
  const rest = listener.routes.some(({ path, exact }) => path === "/" && exact !== true)
    ? []
    : block("location /", "return 404;");
  const head = [...limits, ...errorLines({ path: "/" })];
  return block(
    "server",
    paragraphs([
      listen,
      [...addedHeaders(layers()), ...hiddenHeaders(layers())],
      head,
      maintenanceLines(listener),
      ...routes,
      rest,
      ...maintenanceLocations(listener, model),
      ...errorLocations(),
    ]),
  );
}

/** Which host is meant is known once it is known who asks, so one server has to answer for all of them. */
function ownLines(listener: Listener, model: ProxyModel): string[] {
  if (!mayBeStrange(listener, model)) return plainLines(listener);
  return [
    ...plainLines({ port: listener.port, routes: listener.routes }),
    ...block(`if ($stranger_${listener.port})`, "return 421;"),
  ];
}

function mayBeStrange({ names, tls }: Listener, { trustedProxies = [] }: ProxyModel): boolean {
  return names !== undefined && tls === undefined && trustedProxies.length > 0;
}

function plainLines({ port, names, routes }: Listener): string[] {
  const listen = names
    ? [`listen ${port};`, `server_name ${names.join(" ")};`]
    : [`listen ${port} default_server;`];
  return [...listen, ...grpcLines({ routes })];
}

/** HTTP/2 without TLS, as gRPC speaks it. nginx goes by the first server of a port before it knows which is meant. */
function grpcLines({ routes }: Pick<Listener, "routes">): string[] {
  return routes.some(({ grpc }) => grpc === true) ? ["http2 on;"] : [];
}

function tlsLines({ names }: Listener, tls: Tls): string[] {
  const port = tls.port ?? 443;
  return [
    ...(names
      ? [`listen ${port} ssl;`, `server_name ${names.join(" ")};`]
      : [`listen ${port} ssl default_server;`]),
    "http2 on;",
    `ssl_certificate ${tls.certificate};`,
    `ssl_certificate_key ${tls.key};`,
  ];
}

/** Hosts that nobody named get no handshake on the HTTPS port and 421 on the plain one. */
function strangerServers({ port, tls, routes }: Listener, headers: readonly ResponseHeaders[]): string[][] {
  return [
    refusingServer(port, 421, headers, grpcLines({ routes })),
    ...(tls ? [noHandshakeServer(tls.port ?? 443)] : []),
  ];
}

/** Answers 503 to everybody, until there is a release. */
export function waitingServer(port: number): string[] {
  return refusingServer(port, 503, [presets.strict]);
}

function refusingServer(
  port: number,
  status: 421 | 503,
  headers: readonly ResponseHeaders[],
  more: readonly string[] = [],
): string[] {
  return block(
    "server",
    paragraphs([
      [`listen ${port} default_server;`, "server_name _;", ...more],
      fixedHeaders(headers),
      errorLines({ path: "/" }),
      block("location /", `return ${status};`),
      ...errorLocations(["error"]),
    ]),
  );
}

/** An HTTPS port that needs no certificate, for it completes no handshake. */
export function noHandshakeServer(port: number): string[] {
  return block("server", `listen ${port} ssl default_server;`, "ssl_reject_handshake on;");
}

function redirectServer(
  listener: Listener,
  tls: Tls,
  headers: readonly ResponseHeaders[],
  host: string,
): string[] {
  const answers = challengeLines(tls);
  const challenge = answers.length > 0 ? block("location ^~ /.well-known/acme-challenge/", ...answers) : [];
  const redirect = block("location /", `return 308 https://${host}${httpsPort(tls)}$request_uri;`);
  return block(
    "server",
    paragraphs([
      plainLines(listener),
      fixedHeaders(headers),
      errorLines({ path: "/" }),
      challenge,
      redirect,
      ...errorLocations(["error"]),
    ]),
  );
}

/** Who answers the CA's questions: a folder's files, or another proxy, which may be away when this one starts. */
function challengeLines({ challengeDir, challengeHost }: Tls): string[] {
  if (challengeDir !== undefined)
    return ["default_type text/plain;", `alias ${challengeDir.replace(/\/$/, "")}/;`];
  if (challengeHost === undefined) return [];
  return [`set $challenge_host ${challengeHost};`, "proxy_pass http://$challenge_host;"];
}

/**
 * A pair for the system's other proxies; the port is never published. As a pattern the logins may be missing
 * (https://nginx.org/en/docs/ngx_core_module.html#include), and then nobody may: a proxy that is to be without them
 * starts with the configuration before.
 */
export function handingParts({ port, folder, logins }: Handing): string[][] {
  return [
    block(
      "map $http_authorization $may_take_the_pair",
      "default 0;",
      `include ${logins.slice(0, -1)}[${logins.slice(-1)}];`,
    ),
    block(
      "server",
      paragraphs([
        [`listen ${port} default_server;`, "server_name _;", "access_log off;"],
        block("if ($may_take_the_pair = 0)", "return 403;"),
        block("location /", `root ${folder};`),
      ]),
    ),
  ];
}

/** One server a service; the only one of a port answers whatever Host it is called by. */
export function innerServers(model: ProxyModel): string[][] {
  const inner = model.inner ?? [];
  const ports = [...new Set(inner.map(({ port }) => port))];
  const shared = ports.filter((port) => inner.filter((other) => other.port === port).length > 1);
  return [
    ...shared.map((port) =>
      block("server", `listen ${port} default_server;`, "server_name _;", block("location /", "return 421;")),
    ),
    ...inner.map((listener) => innerServer(listener, shared.includes(listener.port), model)),
  ];
}

function innerServer(listener: InnerListener, shared: boolean, model: ProxyModel): string[] {
  const server: Surroundings = {
    upstreams: byName(model.upstreams),
    layers: () => [],
    model,
    paths: new Set(),
  };
  const route = {
    path: "/",
    to: { upstream: listener.upstream },
    errors: "json",
    timeoutSeconds: listener.timeoutSeconds,
  } as const;
  const head = [
    `listen ${listener.port}${shared ? "" : " default_server"};`,
    `server_name ${listener.name};`,
    `client_max_body_size ${listener.maxBodyMegabytes ?? 500}m;`,
    "add_header Retry-After $retry_after always;",
  ];
  return block(
    "server",
    paragraphs([head, ...locations(route, 0, server), ...errorLocations(["error", "down"], ["json"])]),
  );
}

/** Where the container's own health check and a metrics exporter beside it ask. */
export function healthServer(release: string): string[] {
  return block(
    "server",
    paragraphs([
      [`listen 127.0.0.1:${healthPort} default_server;`, "server_name _;", "access_log off;"],
      block("location = /health", "default_type text/plain;", `return 200 "${release}\\n";`),
      block("location = /stub_status", "stub_status;", "allow 127.0.0.1;", "deny all;"),
      block("location /", "return 404;"),
    ]),
  );
}

/** Where containers have their addresses: RFC 1918, 4193 and 6598. */
const privateRanges = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "100.64.0.0/10"];

/** Counters for an exporter in another container; the port is never published. */
export function statusServer(port: number, metrics?: CertificateMetrics): string[] {
  return block(
    "server",
    paragraphs([
      [`listen ${port} default_server;`, "server_name _;", "access_log off;"],
      block(
        "location = /stub_status",
        "stub_status;",
        ...privateRanges.map((range) => `allow ${range};`),
        "deny all;",
      ),
      metrics ? block("location = /metrics", "default_type text/plain;", ...metricsLines(metrics)) : [],
      block("location /", "return 404;"),
    ]),
  );
}

function metricsLines(metrics: CertificateMetrics): string[] {
  if ("file" in metrics) return [`alias ${metrics.file};`];
  return [`return 200 "${endMetric} ${metrics.end.getTime() / 1000}\\n";`];
}

/** `@down`: 503 with Retry-After instead of 502 where no replica was there to be tried. */
function errorLocations(
  kinds: readonly ("error" | "down")[] = ["error", "down"],
  styles: readonly ("json" | "html")[] = ["json", "html"],
): string[][] {
  const down = ["if ($none_tried) {", "    return 503;", "}", "return 502;"];
  return kinds.flatMap((kind) =>
    styles.map((style) =>
      kind === "error"
        ? block(`location @error_${style}`, errorBodies[style])
        : block(`location @down_${style}`, `error_page 502 503 @error_${style};`, down),
    ),
  );
}

function byName(upstreams: readonly Upstream[]): ReadonlyMap<string, Upstream> {
  return new Map(upstreams.map((upstream) => [upstream.name, upstream]));
}
