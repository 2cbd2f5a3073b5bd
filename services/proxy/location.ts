import { hasHeaders, hiddenHeaders, routeHeaders } from "./headers.ts";
import type { ProxyModel, RateUse, ResponseHeaders, Route, ToFiles, ToUpstream, Upstream } from "./model.ts";
import { toldOfClients } from "./http.ts";
import { block } from "./text.ts";

/** What a route takes from the server it stands in. */
export interface Surroundings {
  upstreams: ReadonlyMap<string, Upstream>;
  /** The server's headers, with a route's own: a route that sets any has to repeat all. */
  layers: (route?: Route) => readonly ResponseHeaders[];
  rate?: RateUse;
  model: ProxyModel;
  /** Paths of all its routes. */
  paths: ReadonlySet<string>;
}

/** Longest silence of a websocket, or of a stream of events, whose application sends no pings. */
const longTimeout = "1h";

/** The `location` of one route and the named ones it leads to; `id` tells those from other routes' of the server. */
export function locations(route: Route, id: number, server: Surroundings): string[][] {
  const head = headOf(route);
  const own = [...errorLines(route), ...headersOf(route, server)];
  if ("upstream" in route.to) return toUpstream(head, route, route.to, id, server);
  if ("directory" in route.to) return [toFiles(head, route, route.to, server)];
  if ("redirect" in route.to)
    return [block(head, own, `return ${route.to.status ?? 302} ${route.to.redirect};`)];
  const body = route.to.body === undefined ? "" : ` "${route.to.body}"`;
  return [
    block(head, own, `default_type ${route.to.type ?? "text/plain"};`, `return ${route.to.answer}${body};`),
  ];
}

function headOf({ path, exact }: Pick<Route, "path" | "exact">): string {
  return `location ${exact === true ? "= " : path === "/" ? "" : "^~ "}${path}`;
}

/**
 * `/api/items` beside `/api/items/`, unless another route has it. nginx itself would answer it by leading to the path with
 * the slash, and applications that know only the one without lead back: a circle, in which a form's body is lost too.
 */
function bareHead({ path, exact }: Route, target: ToUpstream, { paths }: Surroundings): string | undefined {
  const bare = path.slice(0, -1);
  return exact === true || target.stripPath === true || bare === "" || !path.endsWith("/") || paths.has(bare)
    ? undefined
    : headOf({ path: bare, exact: true });
}

/**
 * nginx can't give a websocket, or a page that waits for events, its own timeout and buffering within a location, so the
 * request is moved to a second one by way of status 418, which the proxy itself never answers.
 */
function toUpstream(
  head: string,
  route: Route,
  target: ToUpstream,
  id: number,
  server: Surroundings,
): string[][] {
  const headers = headersOf(route, server);
  if (server.upstreams.get(target.upstream)?.servers.length === 0)
    return [block(head, errorLines(route), headers, "return 503;")];
  if (route.grpc === true) return [toGrpc(head, route, target, server)];
  const streamed = route.buffering === false;
  const [down, again, long] = [`@down_${errorStyle(route)}`, `@again_${id}`, `@long_${id}`];
  const limits = [...rateLines(route, server), ...bodyLines(route)];
  const timeouts = timeoutLines(`${route.timeoutSeconds ?? 60}s`);
  const pass = [...passLines(route, target)];
  if (streamed) pass.unshift("proxy_buffering off;", "proxy_request_buffering off;");
  const toLong = [`error_page 418 = ${long};`, ...block("if ($long_lived)", "return 418;")];
  const body = [
    ...(streamed ? errorLines(route, down) : errorLines(route, again, "502 504")),
    ...[...toLong, ...headers, ...limits, ...timeouts, ...pass],
  ];
  const bare = bareHead(route, target, server);
  return [
    block(head, body),
    ...(bare === undefined ? [] : [block(bare, body)]),
    block(
      `location ${long}`,
      errorLines(route, down),
      headers,
      limits,
      timeoutLines(longTimeout),
      streamed ? pass : ["proxy_buffering off;", ...pass],
    ),
    ...(streamed
      ? []
      : [againBlock(again, [...errorLines(route, down), ...headers], [...timeouts, ...pass])]),
  ];
}

/** A stream may be silent both ways as long as the route says, and has no size. */
function toGrpc(head: string, route: Route, target: ToUpstream, server: Surroundings): string[] {
  const time = `${route.timeoutSeconds ?? 60}s`;
  return block(
    head,
    errorLines(route),
    routeHeaders(server.layers(route), server.layers()),
    hiddenHeaders(server.layers(route), "grpc"),
    rateLines(route, server),
    `client_max_body_size ${route.maxBodyMegabytes ?? 0}${route.maxBodyMegabytes === undefined ? "" : "m"};`,
    ...["client_body_timeout", "grpc_read_timeout", "grpc_send_timeout"].map((name) => `${name} ${time};`),
    ...Object.entries(toldOfClients(server.model)).map(
      ([name, value]) => `grpc_set_header ${name} ${value};`,
    ),
    "grpc_connect_timeout 2s;",
    "grpc_socket_keepalive on;",
    `grpc_pass grpc://${grpcUpstream(target.upstream)};`,
  );
}

/** nginx keeps connections by upstream: one of HTTP/1.1 must not be taken for HTTP/2. */
export function grpcUpstream(name: string): string {
  return `${name}--grpc`;
}

/**
 * nginx gives up on a request, instead of trying again, when the upstream has one address only, or its addresses
 * changed since the request began. If it wasn't sent, or is one that may be sent twice, it starts over once here: a
 * worker that is killed costs no GET, a replica that vanishes no request that hadn't reached it.
 */
function againBlock(name: string, own: readonly string[], pass: readonly string[]): string[] {
  const guard = [502, 504].flatMap((status) => block(`if ($in_vain = ${status})`, `return ${status};`));
  return block(`location ${name}`, own, guard, pass);
}

function toFiles(head: string, route: Route, files: ToFiles, server: Surroundings): string[] {
  const directory = files.directory.replace(/\/$/, "");
  const top = route.path === "/"; // below an alias, try_files takes a name without variables as relative to it
  const cache = { immutable: "$cache_immutable", "30d": "$cache_30d", "no-cache": "no-cache" }[
    files.cache ?? "no-cache"
  ];
  return block(
    head,
    errorLines(route),
    hasHeaders(route) ? routeHeaders(server.layers(route), server.layers()) : "add_header_inherit merge;",
    `add_header Cache-Control "${cache}";`,
    "charset utf-8;",
    top ? `root ${directory};` : `alias ${directory}/;`,
    `try_files $uri ${files.singlePage !== true ? "$uri/index.html" : top ? "/index.html" : "index.html"} =404;`,
    block("location ~ /\\.", "return 404;"),
  );
}

function passLines(route: Route, target: ToUpstream): string[] {
  const strip = target.stripPath === true && route.path !== "/";
  const rewrite = `rewrite "^${route.path.replaceAll(".", "\\.")}(?<below>.*)$" "/$below" break;`;
  return [...(strip ? [rewrite] : []), `proxy_pass http://${target.upstream};`];
}

function headersOf(route: Route, server: Surroundings): string[] {
  if (!hasHeaders(route)) return [];
  const layers = server.layers(route);
  return [...routeHeaders(layers, server.layers()), ...hiddenHeaders(layers)];
}

function rateLines(route: Route, server: Surroundings): string[] {
  const use = route.rate === undefined ? server.rate : route.rate;
  if (!use) return [];
  const burst = use.burst ?? 20;
  return [`limit_req zone=${use.zone}${burst === 0 ? "" : ` burst=${burst} nodelay`};`];
}

function bodyLines(route: Route): string[] {
  return route.maxBodyMegabytes === undefined ? [] : [`client_max_body_size ${route.maxBodyMegabytes}m;`];
}

function timeoutLines(time: string): string[] {
  return [`proxy_read_timeout ${time};`, `proxy_send_timeout ${time};`];
}

function errorStyle(route: Pick<Route, "path" | "errors">): "json" | "html" {
  return route.errors ?? (/^\/api(\/|$)/.test(route.path) ? "json" : "html");
}

/** nginx takes the first line that names a status; 400 and 414 are left out, for they may have no path to go by. */
export function errorLines(
  route: Pick<Route, "path" | "errors">,
  failover?: string,
  statuses: "502" | "502 504" = "502",
): string[] {
  return [
    ...(failover === undefined ? [] : [`error_page ${statuses} = ${failover};`]),
    `error_page 403 404 405 413 416 421 429 500 502 503 504 @error_${errorStyle(route)};`,
  ];
}
