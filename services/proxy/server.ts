import { addedHeaders, hiddenHeaders, hsts, secureHeaders } from "./headers.ts";
import { errorLines, locations, type Surroundings } from "./location.ts";
import type { InnerListener, Listener, ProxyModel, ResponseHeaders, Tls, Upstream } from "./model.ts";
import { healthPort } from "./ports.ts";
import { block, paragraphs } from "./text.ts";

/** The servers of one public port, and of its HTTPS port. */
export function publicServers(listener: Listener, model: ProxyModel): string[][] {
  const { tls } = listener;
  const headers = [secureHeaders, ...(listener.headers ? [listener.headers] : [])];
  const main = tls
    ? mainServer(listener, tlsLines(listener, tls), [hsts, ...headers], model)
    : mainServer(listener, plainLines(listener), headers, model);
  const strangers = listener.names === undefined ? [] : strangerServers(listener, headers);
  return [...strangers, ...(tls ? [redirectServer(listener, tls, headers)] : []), main];
}

function mainServer(
  listener: Listener,
  listen: readonly string[],
  headers: readonly ResponseHeaders[],
  model: ProxyModel,
): string[] {
  const server: Surroundings = { upstreams: byName(model.upstreams), headers, rate: listener.rate };
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
      [...addedHeaders(headers), ...hiddenHeaders(headers)],
      head,
      ...routes,
      rest,
      ...errorLocations(),
    ]),
  );
}

function plainLines({ port, names }: Listener): string[] {
  return names ? [`listen ${port};`, `server_name ${names.join(" ")};`] : [`listen ${port} default_server;`];
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
function strangerServers({ port, tls }: Listener, headers: readonly ResponseHeaders[]): string[][] {
  return [refusingServer(port, 421, headers), ...(tls ? [noHandshakeServer(tls.port ?? 443)] : [])];
}

/** Answers 503 to everybody, until there is a release. */
export function waitingServer(port: number): string[] {
  return refusingServer(port, 503, [secureHeaders]);
}

function refusingServer(port: number, status: 421 | 503, headers: readonly ResponseHeaders[]): string[] {
  return block(
    "server",
    paragraphs([
      [`listen ${port} default_server;`, "server_name _;"],
      addedHeaders(headers),
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

function redirectServer(listener: Listener, tls: Tls, headers: readonly ResponseHeaders[]): string[] {
  const port = tls.publicPort ?? tls.port ?? 443;
  const challenge = tls.challengeDir
    ? block(
        "location ^~ /.well-known/acme-challenge/",
        "default_type text/plain;",
        `alias ${tls.challengeDir.replace(/\/$/, "")}/;`,
      )
    : [];
  const redirect = block(
    "location /",
    `return 308 https://$host${port === 443 ? "" : `:${port}`}$request_uri;`,
  );
  return block(
    "server",
    paragraphs([
      plainLines(listener),
      addedHeaders(headers),
      errorLines({ path: "/" }),
      challenge,
      redirect,
      ...errorLocations(["error"]),
    ]),
  );
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
  const server: Surroundings = { upstreams: byName(model.upstreams), headers: [] };
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

/** Counters for an exporter in another container; the port is never published. */
export function statusServer(port: number): string[] {
  return block(
    "server",
    paragraphs([
      [`listen ${port} default_server;`, "server_name _;", "access_log off;"],
      block("location = /stub_status", "stub_status;"),
      block("location /", "return 404;"),
    ]),
  );
}

/**
 * Bodies of the proxy's own errors. `return 200` in a location that an error led to keeps the error's status.
 * `@down`: 503 with Retry-After instead of 502 where no replica was there to be tried.
 */
function errorLocations(
  kinds: readonly ("error" | "down")[] = ["error", "down"],
  styles: readonly ("json" | "html")[] = ["json", "html"],
): string[][] {
  const body = {
    json: [
      "default_type application/json;",
      'return 200 "{\\"status\\":$status,\\"error\\":\\"$error_text\\",\\"request\\":\\"$trace_id\\"}\\n";',
    ],
    html: [
      "default_type text/html;",
      'return 200 "<!doctype html><title>$status</title><p>$status $error_text</p><p><small>$trace_id</small></p>\\n";',
    ],
  };
  const down = ["if ($none_tried) {", "    return 503;", "}", "return 502;"];
  return kinds.flatMap((kind) =>
    styles.map((style) =>
      kind === "error"
        ? block(`location @error_${style}`, body[style])
        : block(`location @down_${style}`, `error_page 502 503 @error_${style};`, down),
    ),
  );
}

function byName(upstreams: readonly Upstream[]): ReadonlyMap<string, Upstream> {
  return new Map(upstreams.map((upstream) => [upstream.name, upstream]));
}
