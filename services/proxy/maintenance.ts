import { errorBodies } from "./errorBodies.ts";
import { fixedHeaders, headerLayers } from "./headers.ts";
import type { Listener, OpenPath, ProxyModel } from "./model.ts";
import { presets } from "./presets.ts";
import { block, map, volatile } from "./text.ts";

/** Seconds after which clients are to ask again, unless a setting says so. */
export const usualRetryAfter = 300;

/** For systems that have no page of their own. */
export const usualPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Maintenance</title>
<style>
body { margin: 20vh auto 0; max-width: 32rem; padding: 0 1rem; font: 1.1rem/1.5 system-ui, sans-serif; }
@media (prefers-color-scheme: dark) { body { background: #111; color: #ddd; } }
</style>
</head>
<body>
<h1>Down for maintenance</h1>
<p>This site is being worked on and will be back soon.</p>
</body>
</html>
`;

/** Where a request is led; no route may begin like this, and asked for from outside it isn't there. */
const pagePath = "/.maintenance.html";

/** Go on whatever a listener says: how a system is, and what a CA asks, also of who stands before the proxy. */
const alwaysOpen: readonly OpenPath[] = [
  { path: "/healthz", exact: true },
  { path: "/.well-known/acme-challenge/" },
];

/** A page may bring its own styles and images; it runs nothing and loads nothing, for nothing else is answered. */
const pageHeaders = {
  ...presets.strict,
  "Cache-Control": "no-store",
  "Content-Security-Policy":
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};

/** Where each path leads while maintenance is on, for a person or a program; empty for one that goes on. */
export function maintenanceMaps({ listeners }: Pick<ProxyModel, "listeners">): string[][] {
  return listeners.flatMap(({ port, maintenance }) => {
    if (maintenance === undefined) return [];
    const open = [{ path: pagePath, exact: true }, ...alwaysOpen, ...maintenance.open];
    const led = {
      default: pagePath,
      ...Object.fromEntries(open.map((one): [string, string] => [pathPattern(one), ""])),
      "~^/api(/|$)": "@maintenance_json",
    };
    return [volatile(map("$uri", closed(port), led))];
  });
}

function closed(port: number): string {
  return `$closed_${port}`;
}

function pathPattern({ path, exact = false }: OpenPath): string {
  return `~^${path.replaceAll(/[.+]/g, "\\$&")}${exact ? "$" : ""}`;
}

/**
 * Looks for the flag at each request, which costs a stat: so it holds from the next request on, in old workers too, and
 * nothing is reloaded. Being led to the page, a request comes here again; the map then says that this path goes on.
 */
export function maintenanceLines({ port, maintenance }: Listener): string[] {
  if (maintenance === undefined) return [];
  return [
    "error_page 418 =503 $closed;",
    'set $closed "";',
    ...block(`if (-f ${maintenance.flag})`, `set $closed ${closed(port)};`),
    ...block("if ($closed)", "return 418;"),
  ];
}

/** The page, and the proxy's own words for programs, whatever the method and however large the body. */
export function maintenanceLocations(listener: Listener, model: ProxyModel): string[][] {
  const { maintenance, tls } = listener;
  if (maintenance === undefined) return [];
  const retryAfter = String(maintenance.retryAfterSeconds ?? usualRetryAfter);
  const headers = (own: Record<string, string>) =>
    fixedHeaders([...headerLayers(listener, model), own], tls ? "https" : "either", retryAfter);
  return [
    block(
      `location = ${pagePath}`,
      "internal;",
      headers(pageHeaders),
      "client_max_body_size 0;",
      "charset utf-8;",
      `alias ${maintenance.page};`,
    ),
    block("location @maintenance_json", headers({ "Cache-Control": "no-store" }), errorBodies.json),
  ];
}
