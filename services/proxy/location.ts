import { addedHeaders, hiddenHeaders } from "./headers.ts";
import type { RateUse, ResponseHeaders, Route, ToFiles, ToUpstream, Upstream } from "./model.ts";
import { block } from "./text.ts";

/** What a route takes from the server it stands in. */
export interface Surroundings {
  upstreams: ReadonlyMap<string, Upstream>;
  /** The server's own headers, which a route that sets any has to repeat. */
  headers: readonly ResponseHeaders[];
  rate?: RateUse;
}

/** Longest silence of an upgraded connection: a websocket whose application sends no pings. */
const upgradedTimeout = "1h";

/** The `location` of one route and the named ones it leads to; `id` tells those from other routes' of the server. */
export function locations(route: Route, id: number, server: Surroundings): string[][] {
  const head = `location ${route.exact === true ? "= " : route.path === "/" ? "" : "^~ "}${route.path}`;
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

/**
 * nginx can't give a websocket its own timeout within a location, so the request is moved to a second one by way of
 * status 418, which the proxy itself never answers.
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
  const streamed = route.buffering === false;
  const [down, again, upgrade] = [`@down_${errorStyle(route)}`, `@again_${id}`, `@upgrade_${id}`];
  const limits = [...rateLines(route, server), ...bodyLines(route)];
  const timeouts = timeoutLines(`${route.timeoutSeconds ?? 60}s`);
  const pass = [...passLines(route, target)];
  if (streamed) pass.unshift("proxy_buffering off;", "proxy_request_buffering off;");
  const toUpgrade = [`error_page 418 = ${upgrade};`, "if ($upgrade) {", "    return 418;", "}"];
  return [
    block(
      head,
      streamed ? errorLines(route, down) : errorLines(route, again, "502 504"),
      toUpgrade,
      headers,
      limits,
      timeouts,
      pass,
    ),
    block(
      `location ${upgrade}`,
      errorLines(route, down),
      headers,
      limits,
      timeoutLines(upgradedTimeout),
      pass,
    ),
    ...(streamed
      ? []
      : [againBlock(again, [...errorLines(route, down), ...headers], [...timeouts, ...pass])]),
  ];
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
    route.headers ? addedHeaders([...server.headers, route.headers]) : "add_header_inherit merge;",
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
  if (route.headers === undefined) return [];
  const layers = [...server.headers, route.headers];
  return [...addedHeaders(layers), ...hiddenHeaders(layers)];
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
