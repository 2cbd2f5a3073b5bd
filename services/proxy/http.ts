import { maps } from "./maps.ts";
import type { ProxyModel, RateZone } from "./model.ts";
import { block } from "./text.ts";

/**
 * Seconds a client connection outlives its last request, also when a reload would close it for being idle: who asks
 * again within this time still meets an open one, such as a page that asks every five seconds. A release waits as long
 * for idle clients, for they may still ask the old workers.
 */
const keepAliveMinSeconds = 6;

/**
 * Several lines a write, none later than a quarter of a second: a write for each costs more than any other part of a
 * small request. Not above PIPE_BUF, 4 KiB on Linux (pipe(7)), or lines of the workers of two releases could mingle.
 */
const logBuffer = "buffer=4k flush=250ms";

/** What holds for every server: logs, clients, TLS, compression, limits, maps and the way to upstreams. */
export function httpParts(model: ProxyModel): string[][] {
  return [
    [
      "include /etc/nginx/mime.types;",
      "default_type application/octet-stream;",
      ...tempLines(model.tempDir ?? "/tmp"),
    ],
    logLines(model.accessLog ?? "json"),
    clientLines(),
    tlsDefaults(model),
    gzipLines(),
    limitLines(model.rates ?? []),
    trustLines(model.trustedProxies ?? []),
    ...maps(model),
    proxyLines(model),
  ];
}

function tempLines(directory: string): string[] {
  return ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (kind) => `${kind}_temp_path ${directory}/${kind};`,
  );
}

function logLines(log: "json" | "errors" | "off"): string[] {
  if (log === "off") return ["access_log off;"];
  const fields = {
    time: "$time_iso8601",
    client: "$remote_addr",
    method: "$request_method",
    host: "$host",
    path: "$request_path",
    status: "$status",
    bytes: "$body_bytes_sent",
    seconds: "$request_time",
    upstream: "$upstream_addr",
    upstream_status: "$upstream_status",
    upstream_seconds: "$upstream_response_time",
    agent: "$http_user_agent",
    request: "$trace_id",
  };
  const format = Object.entries(fields).map(([name, variable]) => `"${name}":"${variable}"`);
  const when = log === "errors" ? " if=$failed" : "";
  return [
    `log_format berth escape=json '{${format.join(",")}}';`,
    `access_log /dev/stdout berth ${logBuffer}${when};`,
  ];
}

function clientLines(): string[] {
  return [
    "server_tokens off;",
    "absolute_redirect off;",
    "sendfile on;",
    "tcp_nopush on;",
    "tcp_nodelay on;",
    "ignore_invalid_headers on;",
    "underscores_in_headers off;",
    "client_header_timeout 10s;",
    "client_body_timeout 10s;",
    "send_timeout 10s;",
    "reset_timedout_connection on;",
    "lingering_time 10s;",
    "lingering_timeout 2s;",
    "large_client_header_buffers 4 32k;",
    "keepalive_timeout 30s;",
    `keepalive_min_timeout ${keepAliveMinSeconds}s;`,
    "server_names_hash_bucket_size 128;",
    "recursive_error_pages on;",
  ];
}

/** https://ssl-config.mozilla.org, intermediate, guideline 6.0; `?` lets an OpenSSL before 3.5 go without that group. */
function tlsDefaults({ listeners }: ProxyModel): string[] {
  if (!listeners.some(({ tls }) => tls)) return [];
  const suites = ["AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305"].flatMap((suite) => [
    `ECDHE-ECDSA-${suite}`,
    `ECDHE-RSA-${suite}`,
  ]);
  return [
    "ssl_protocols TLSv1.2 TLSv1.3;",
    `ssl_ciphers ${suites.join(":")};`,
    "ssl_ecdh_curve ?X25519MLKEM768:X25519:prime256v1:secp384r1;",
    "ssl_prefer_server_ciphers off;",
    "ssl_session_timeout 1d;",
    "ssl_session_cache shared:tls:10m;",
  ];
}

function gzipLines(): string[] {
  const types = [
    "text/plain",
    "text/css",
    "text/xml",
    "text/javascript",
    "application/javascript",
    "application/json",
  ];
  const more = ["application/xml", "application/manifest+json", "application/wasm", "image/svg+xml"];
  return [
    "gzip on;",
    "gzip_comp_level 5;",
    "gzip_min_length 1024;",
    "gzip_proxied any;",
    "gzip_vary on;",
    `gzip_types ${[...types, ...more].join(" ")};`,
  ];
}

function limitLines(rates: readonly RateZone[]): string[] {
  return [
    "limit_conn_zone $binary_remote_addr zone=clients:10m;",
    ...rates.map(
      ({ name, requests, per }) =>
        `limit_req_zone $binary_remote_addr zone=${name}:10m rate=${requests}r/${per === "second" ? "s" : "m"};`,
    ),
    "limit_conn_status 429;",
    "limit_conn_log_level info;",
    "limit_req_status 429;",
    "limit_req_log_level info;",
  ];
}

/** Without trusted proxies the client is who connects, and what it says about itself is overwritten. */
function trustLines(proxies: readonly string[]): string[] {
  if (proxies.length === 0) return [];
  return [
    ...proxies.map((proxy) => `set_real_ip_from ${proxy};`),
    "real_ip_header X-Forwarded-For;",
    "real_ip_recursive on;",
    ...block("geo $realip_remote_addr $from_trusted", "default 0;", ...proxies.map((proxy) => `${proxy} 1;`)),
  ];
}

/** What the application gets to know of a request from the proxy alone, whatever the client says of it. */
export function toldOfClients({ trustedProxies = [] }: ProxyModel): Record<string, string> {
  const trusting = trustedProxies.length > 0;
  const host = trusting ? "$client_host" : "$host$is_request_port$request_port";
  // A client could pretend to be a proxy with these, or reach another path than the one that was checked.
  const dropped = ["Forwarded", "Proxy", "X-Forwarded-Port", "X-Forwarded-Prefix", "X-Forwarded-Server"];
  const rewriting = ["X-Original-URL", "X-Rewrite-URL", "X-Script-Name", "X-HTTP-Method-Override"];
  return {
    Host: host,
    "X-Real-IP": "$remote_addr",
    "X-Forwarded-For": "$remote_addr",
    "X-Forwarded-Host": host,
    "X-Forwarded-Proto": trusting ? "$client_scheme" : "$scheme",
    "X-Request-Id": "$trace_id",
    ...Object.fromEntries([...dropped, ...rewriting].map((name) => [name, '""'])),
  };
}

function proxyLines(model: ProxyModel): string[] {
  const headers: Record<string, string> = {
    Connection: "$connection_upgrade",
    Upgrade: "$upgrade",
    ...toldOfClients(model),
  };
  return [
    `resolver ${model.resolver ?? "127.0.0.11"} valid=2s ipv6=off;`,
    "resolver_timeout 2s;",
    "proxy_http_version 1.1;",
    ...Object.entries(headers).map(([name, value]) => `proxy_set_header ${name} ${value};`),
    "proxy_redirect off;",
    "proxy_connect_timeout 2s;",
    "proxy_next_upstream error timeout;",
    "proxy_next_upstream_tries 2;",
    "proxy_next_upstream_timeout 10s;",
    "proxy_socket_keepalive on;",
    "proxy_buffer_size 32k;",
    "proxy_buffers 16 16k;",
    "proxy_max_temp_file_size 0;",
  ];
}
