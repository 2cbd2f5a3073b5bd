import { fillMaps } from "./headers.ts";
import { maintenanceMaps } from "./maintenance.ts";
import type { Listener, ProxyModel } from "./model.ts";
import { map, volatile } from "./text.ts";

/** The variables that servers and locations use. */
export function maps(model: ProxyModel): string[][] {
  const log = model.accessLog ?? "json";
  const trusted = (model.trustedProxies ?? []).length > 0;
  const html = "~^text/html";
  return [
    map("$http_upgrade", "$upgrade", { default: "", "~*^websocket$": "websocket" }),
    map("$upgrade", "$connection_upgrade", { default: "", websocket: "upgrade" }),
    map("$upgrade:$http_accept", "$long_lived", {
      default: "",
      "~^websocket:": "1",
      "~*text/event-stream": "1",
    }),
    map("$http_x_request_id", "$trace_id", {
      default: "$request_id",
      "~^[A-Za-z0-9_-]{16,64}$": "$http_x_request_id",
    }),
    trusted
      ? map("$from_trusted:$http_x_forwarded_host", "$client_host", {
          default: "$host$is_request_port$request_port",
          [`~*^1:(?<front_host>${hostPattern(model)}(:[0-9]+)?)$`]: "$front_host",
        })
      : [],
    ...(trusted ? model.listeners.flatMap(strangerMap) : []),
    trusted
      ? map("$from_trusted:$http_x_forwarded_proto", "$client_scheme", {
          default: "$scheme",
          "~*^1:https$": "https",
          "~*^1:http$": "http",
        })
      : [],
    volatile(map("$upstream_addr", "$none_tried", { default: "0", "~(^| )[A-Za-z][A-Za-z0-9._-]*$": "1" })),
    volatile(map("$request_method:$upstream_connect_time:$upstream_status", "$in_vain", inVain)),
    volatile(
      map("$status:$upstream_http_retry_after", "$retry_after", { default: "", "429:": "1", "503:": "5" }),
    ),
    volatile(map("$status", "$error_text", errorTexts)),
    map("$sent_http_content_type", "$cache_immutable", {
      default: "public, max-age=31536000, immutable",
      [html]: "no-cache",
    }),
    map("$sent_http_content_type", "$cache_30d", { default: "public, max-age=2592000", [html]: "no-cache" }),
    log === "off" ? [] : map("$request_uri", "$request_path", { default: "", "~^(?<path>[^?]*)": "$path" }),
    log === "errors" ? map("$status", "$failed", { default: "1", "~^[123]": "0" }) : [],
    ...maintenanceMaps(model),
    ...fillMaps(model),
  ];
}

/**
 * Hosts that a trusted proxy's header may name. Many fronts pass on what their client said of it (Amazon's and Google's
 * load balancers), so where hosts are named it is one of those.
 */
function hostPattern({ listeners }: ProxyModel): string {
  const names = [...new Set(listeners.flatMap(({ names: own = [] }) => own))];
  return names.length === 0 ? "[A-Za-z0-9.-]+" : `(?:${names.map(namePattern).join("|")})`;
}

/** A server's name, as nginx writes it, within a pattern. */
function namePattern(name: string): string {
  return name.replaceAll(".", "\\.").replace(/^\*/, ".+");
}

/**
 * Whether nobody named the host that a request is for. A trusted proxy may ask for any: it knows whom it stands before,
 * and many ask for an address of the machine, or check its health by one.
 */
function strangerMap({ port, names, tls }: Listener): string[][] {
  if (names === undefined || tls !== undefined) return [];
  const known = names.map((name): [string, string] => {
    return [`~*^0:${namePattern(name)}$`, ""];
  });
  return [
    map("$from_trusted:$host", `$stranger_${port}`, {
      default: "1",
      "~^1:": "",
      ...Object.fromEntries(known),
    }),
  ];
}

/**
 * The status of a request that must not start over: empty if it was sent to nobody (`-` is the time of a connection
 * that never was, at the end of a list with an entry a try), or may be sent twice and met a connection that broke.
 */
const inVain = {
  default: "502",
  "~[:, ]-:[^:]*$": "",
  "~^(GET|HEAD|OPTIONS|PUT|DELETE):.*502$": "",
  "~504$": "504",
};

const errorTexts = {
  default: "error",
  "403": "forbidden",
  "404": "not found",
  "405": "method not allowed",
  "413": "body too large",
  "416": "range not satisfiable",
  "421": "unknown host",
  "429": "too many requests",
  "500": "internal error",
  "502": "bad gateway",
  "503": "unavailable",
  "504": "gateway timeout",
};
