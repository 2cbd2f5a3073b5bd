import { fingerprint } from "../../components/containers/hash.ts";
import type { Listener, ProxyModel, ResponseHeaders, Route } from "./model.ts";
import { hsts, hstsName, presetHeaders } from "./presets.ts";
import { map, quoted } from "./text.ts";

/** For FastAPI's `/docs` and `/redoc`, whose pages load their script and style from jsDelivr and start it inline. */
export const apiDocsHeaders: ResponseHeaders = {
  "Content-Security-Policy":
    "default-src 'self'; script-src 'self' 'unsafe-inline' https://cdn.jsdelivr.net; style-src 'self' 'unsafe-inline' https://cdn.jsdelivr.net https://fonts.googleapis.com; font-src https://fonts.gstatic.com; img-src 'self' data: https://fastapi.tiangolo.com https://cdn.redoc.ly; worker-src blob:; base-uri 'self'; object-src 'none'; frame-ancestors 'none'",
};

/**
 * For files that users uploaded: a page among them runs no script and sends no form. No sandbox, in which browsers show
 * no PDF.
 */
export const uploadedFilesHeaders: ResponseHeaders = {
  "Content-Security-Policy": "script-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
};

/** Always hidden, whoever set them: what the application runs on, and another server's request id. */
const alwaysHidden = ["X-AspNet-Version", "X-AspNetMvc-Version", "X-Powered-By", "X-Request-Id", "X-Runtime"];

/** What the listener and its route say of headers, later over earlier. */
export function headerLayers(
  listener: Pick<Listener, "preset" | "headers" | "tls">,
  model: Pick<ProxyModel, "trustedProxies">,
  route: Pick<Route, "preset" | "headers" | "allows"> = {},
): ResponseHeaders[] {
  const preset = route.preset ?? listener.preset ?? "basic";
  const secure = listener.tls !== undefined || (model.trustedProxies ?? []).length > 0;
  return [
    secure ? hsts[preset] : {},
    presetHeaders(preset, route.allows ?? []),
    listener.headers ?? {},
    route.headers ?? {},
  ];
}

/** Whether a route's answers carry other headers than its listener's. */
export function hasHeaders({
  preset,
  headers,
  allows,
}: Pick<Route, "preset" | "headers" | "allows">): boolean {
  return preset !== undefined || headers !== undefined || allows !== undefined;
}

/**
 * `add_header` lines. nginx inherits them from the enclosing block only where a block has none of its own, so a block
 * that sets one sets all.
 */
export function addedHeaders(layers: readonly ResponseHeaders[]): string[] {
  return [
    ...merged(layers).flatMap(([name, value]) => {
      if (typeof value === "string") return [`add_header ${name} ${fillVariable(name, value)} always;`];
      return value.set === null ? [] : [`add_header ${name} ${quoted(value.set)} always;`];
    }),
    ...ownHeaders(),
  ];
}

/**
 * The same of a route, with an empty one for each that is its listener's alone: nginx sends none of those, and who reads
 * the text sees that they are left out on purpose.
 */
export function routeHeaders(
  layers: readonly ResponseHeaders[],
  listener: readonly ResponseHeaders[],
): string[] {
  const own = new Set(sent(layers).map((name) => name.toLowerCase()));
  const left = sent(listener).filter((name) => {
    const lower = name.toLowerCase();
    return !own.has(lower) && !takenAway.includes(lower);
  });
  return [...left.map((name) => `add_header ${name} "" always;`), ...addedHeaders(layers)];
}

/** An empty one takes the application's own away (ngx_http_headers_filter_module.c). */
const takenAway = ["etag", "last-modified"];

function sent(layers: readonly ResponseHeaders[]): string[] {
  return merged(layers).flatMap(([name, value]) =>
    typeof value === "string" || value.set !== null ? [name] : [],
  );
}

/**
 * The same where no application answers. A browser takes HSTS over HTTPS alone, so a plain listener has none; behind a
 * front the client may have come by either.
 */
export function fixedHeaders(
  layers: readonly ResponseHeaders[],
  scheme: "http" | "https" | "either" = "http",
  retryAfter?: string,
): string[] {
  const lines = merged(layers).flatMap(([name, value]) => {
    const text = typeof value === "string" ? value : value.set;
    if (text === null || /^retry-after$/i.test(name)) return [];
    if (!isHsts(name) || scheme === "https") return [`add_header ${name} ${quoted(text)} always;`];
    if (scheme === "http") return [];
    return [
      `add_header ${name} ${typeof value === "string" ? fillVariable(name, value) : quoted(text)} always;`,
    ];
  });
  return [...lines, ...ownHeaders(retryAfter)];
}

function ownHeaders(retryAfter = "$retry_after"): string[] {
  return [`add_header Retry-After ${retryAfter} always;`, "add_header X-Request-Id $trace_id always;"];
}

/** `proxy_hide_header` lines for what the proxy sets itself, inherited as `add_header` is. */
export function hiddenHeaders(
  layers: readonly ResponseHeaders[],
  directive: "proxy" | "grpc" = "proxy",
): string[] {
  const set = merged(layers).flatMap(([name, value]) => (typeof value === "string" ? [] : [name]));
  return [...alwaysHidden, ...set].map((name) => `${directive}_hide_header ${name};`);
}

/** The maps behind {@link addedHeaders}: nothing where the application sent a header of the name, else the value. */
export function fillMaps(model: ProxyModel): string[][] {
  const scheme = (model.trustedProxies ?? []).length > 0 ? "$client_scheme" : "$scheme";
  const all = model.listeners.flatMap((listener) => [
    headerLayers(listener, model),
    ...listener.routes.filter(hasHeaders).map((route) => headerLayers(listener, model, route)),
  ]);
  const entries = all.flatMap((layers) =>
    merged(layers).flatMap(([name, value]): [string, string[]][] => {
      if (typeof value !== "string") return [];
      const sent = `$upstream_http_${name.toLowerCase().replaceAll("-", "_")}`;
      const variable = fillVariable(name, value);
      const lines = isHsts(name)
        ? map(`${scheme}:${sent}`, variable, { default: "", "https:": value })
        : map(sent, variable, { default: "", "": value });
      return [[variable, lines]];
    }),
  );
  return [...new Map(entries).values()];
}

function isHsts(name: string): boolean {
  return name.toLowerCase() === hstsName.toLowerCase();
}

function fillVariable(name: string, value: string): string {
  return `$${name.toLowerCase().replaceAll("-", "_")}_${fingerprint([name.toLowerCase(), value]).slice(0, 6)}`;
}

/** Later layers win, whatever their case; a header that is `null` in the end is the application's own. */
function merged(
  layers: readonly ResponseHeaders[],
): [name: string, value: string | { set: string | null }][] {
  const byLowerCase = new Map<string, [name: string, value: ResponseHeaders[string]]>();
  for (const layer of layers)
    for (const [name, value] of Object.entries(layer)) byLowerCase.set(name.toLowerCase(), [name, value]);
  return [...byLowerCase.values()]
    .filter((entry): entry is [string, string | { set: string | null }] => entry[1] !== null)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
