import { ipv6Port } from "./ports.ts";
import { checkProxy } from "./check.ts";
import { httpParts } from "./http.ts";
import { grpcUpstream } from "./location.ts";
import type { Listener, ProxyModel, Upstream } from "./model.ts";
import {
  healthServer,
  innerServers,
  noHandshakeServer,
  publicServers,
  statusServer,
  waitingServer,
} from "./server.ts";
import { block, paragraphs } from "./text.ts";

/**
 * The whole `nginx.conf`, for nginx 1.30 or newer as uid 101 with a read-only root.
 * @throws Error with one line for each thing {@link checkProxy} finds wrong
 */
export function nginxConf(model: ProxyModel): string {
  const problems = checkProxy(model);
  if (problems.length > 0) throw new Error(problems.join("\n"));
  const servers = [
    healthServer(model.release),
    ...overBoth(
      model,
      model.listeners.flatMap((listener) => publicServers(listener, model)),
    ),
    ...innerServers(model),
    ...(model.statusPort === undefined ? [] : [statusServer(model.statusPort, model.certificateMetrics)]),
  ];
  return conf(model, [...model.upstreams.flatMap((upstream) => upstreamBlocks(upstream, model)), ...servers]);
}

/** What a proxy runs before its first release: the same listeners, and 503 with `Retry-After` from each. */
export function bootConf(model: Pick<ProxyModel, "listeners" | "inner" | "ipv6">): string {
  const { listeners, inner = [] } = model;
  const open = listeners.map(({ port }) => port);
  const ports = new Set(inner.map(({ port }) => port).filter((port) => !open.includes(port)));
  const tlsPorts = new Set(listeners.flatMap(({ tls }) => (tls ? [tls.port ?? 443] : [])));
  const servers = [
    healthServer("boot"),
    ...overBoth(model, [...new Set(open)].map(waitingServer)),
    ...[...ports].map(waitingServer),
    ...overBoth(model, [...tlsPorts].map(noHandshakeServer)),
  ];
  // Of ports alone: whatever else changes mustn't replace the proxy, which starts with this text.
  const bare = listeners.map(({ port, tls }): Listener => ({
    port,
    ...(tls && { tls }),
    preset: "none",
    routes: [],
  }));
  return conf({ release: "boot", upstreams: [], listeners: bare }, servers);
}

/** Servers that listen for the same over IPv6, where they do. */
function overBoth({ ipv6 }: Pick<ProxyModel, "ipv6">, servers: readonly string[][]): string[][] {
  if (ipv6 !== true) return [...servers];
  const both = (line: string): string[] => {
    const other = line.replace(
      /^( *listen )(\d+)/,
      (_, start, port) => `${start}[::]:${ipv6Port(Number(port))}`,
    );
    return other === line ? [line] : [line, other];
  };
  return servers.map((server) => server.flatMap(both));
}

function conf(model: ProxyModel, servers: readonly (readonly string[])[]): string {
  const connections = model.workerConnections ?? 4096;
  return `${paragraphs([
    [
      `# release ${model.release}: generated, a change made here is lost with the next one`,
      `worker_processes ${model.workers ?? 1};`,
      `worker_rlimit_nofile ${connections * 4};`,
      `worker_shutdown_timeout ${(model.drainSeconds ?? 30) + 5}s;`,
      "pid /tmp/nginx.pid;",
      "pcre_jit on;",
      "error_log stderr warn;",
    ],
    block("events", `worker_connections ${connections};`),
    block("http", paragraphs([...httpParts(model), ...servers])),
  ]).join("\n")}\n`;
}

/** A second one where gRPC goes there too. */
function upstreamBlocks(upstream: Upstream, { listeners }: ProxyModel): string[][] {
  const grpc = listeners
    .flatMap(({ routes }) => routes)
    .some((route) => route.grpc === true && "upstream" in route.to && route.to.upstream === upstream.name);
  const second = { ...upstream, name: grpcUpstream(upstream.name) };
  return [upstreamBlock(upstream), ...(grpc ? [upstreamBlock(second)] : [])];
}

/**
 * The colon keeps the memory zone apart from those of rates. A replica that comes back is used at once; only among several is a failing one left alone, for two seconds; the tasks of a swarm's service are several by one name. */
function upstreamBlock({ name, servers, keepAliveSeconds = 1 }: Upstream): string[] {
  if (servers.length === 0) return [];
  const alone = servers.length === 1 && servers[0]?.startsWith("tasks.") !== true;
  const failures = alone ? "max_fails=0" : "max_fails=3 fail_timeout=2s";
  return block(
    `upstream ${name}`,
    `zone upstream:${name} 256k;`,
    ...servers.map(
      (server) => `server ${server}${server.startsWith("unix:") ? "" : " resolve"} ${failures};`,
    ),
    ...(keepAliveSeconds === 0
      ? ["keepalive 0;"]
      : ["keepalive 128;", `keepalive_timeout ${keepAliveSeconds}s;`]),
  );
}
