import type { Feature, HeaderPreset } from "./presets.ts";

/** Everything a proxy's `nginx.conf` says, as plain data. `conf.ts` renders it, `check.ts` says what is wrong with it. */
export interface ProxyModel {
  /** Names this configuration: the text that `/health` on the loopback listener answers, 1-64 of `A-Za-z0-9._-`. */
  release: string;
  upstreams: readonly Upstream[];
  /** The listeners whose ports Docker may publish. At least one of `listeners` and `inner` must hold something. */
  listeners: readonly Listener[];
  /** The listeners for callers inside the network. @default none */
  inner?: readonly InnerListener[];
  /** The listeners answer over IPv6 too. @default false */
  ipv6?: boolean;
  /** @default none */
  rates?: readonly RateZone[];
  /** Addresses or CIDR blocks whose `X-Forwarded-For` is believed, e.g. a cloud load balancer. @default none */
  trustedProxies?: readonly string[];
  /**
   * Requests one client address may have open at a time; more get 429. Room for an office behind one address, and
   * for the two seconds that a lost replica takes to be noticed at some hundred requests a second. @default 1000
   */
  connectionsPerClient?: number;
  /** Worker processes, at most 64: the whole CPUs of the container's limit. @default 1 */
  workers?: number;
  /** Per worker; a proxied request takes two. @default 4096 */
  workerConnections?: number;
  /**
   * Where the access log goes: `json` is one object a request on standard output, `errors` only those answered
   * with 400 and up. No query strings, no headers but the user agent. Standard output blocks the proxy when nobody
   * reads it and 64 KiB are waiting: the Docker daemon is down, on a machine that isn't prepared. @default "json"
   */
  accessLog?: "json" | "errors" | "off";
  /** Seconds that requests of an old configuration get to finish after a reload. @default 30 */
  drainSeconds?: number;
  /** DNS server that follows containers to their new addresses. @default "127.0.0.11", Docker's own */
  resolver?: string;
  /**
   * Where request bodies larger than 16 KiB wait: a disk volume if uploads are large. Writable for the proxy and for
   * its release step, whose test creates folders there. @default "/tmp"
   */
  tempDir?: string;
  /** A port that shows the proxy's counters to callers inside the network, at `/stub_status`. @default none */
  statusPort?: number;
  /** What that port shows at `/metrics` of the certificate. @default nothing */
  certificateMetrics?: CertificateMetrics;
  /** Hands its certificate and key to the system's other proxies. @default to nobody */
  handing?: Handing;
}

/** A port, inside the network alone, at which a pair is read by who has the login. */
export interface Handing {
  port: number;
  /** Folder of the files that are handed over: absolute. */
  folder: string;
  /** Absolute path of lines of an nginx `map`: an `Authorization` header, and 1. */
  logins: string;
}

/** Metrics in Prometheus's text form: a file that somebody else writes, or when the certificate ends. */
export type CertificateMetrics = { file: string } | { end: Date };

/** The replicas of one service. */
export interface Upstream {
  /** Letters, digits, `_`, `-`, `.`, beginning with a letter. */
  name: string;
  /** `container-name:8000` or `unix:/run/web/a.sock`. Empty: every request gets 503 with `Retry-After`. */
  servers: readonly string[];
  /**
   * Seconds an idle connection to a replica is kept for the next request; must be below the application's own
   * keep-alive (gunicorn 2 s, uvicorn 5 s), or a POST can meet a closing connection. 0: one connection a request,
   * for gunicorn's sync workers. @default 1
   */
  keepAliveSeconds?: number;
}

/** One public port, and its HTTPS port if it has TLS. */
export interface Listener {
  /** The plain HTTP port, e.g. 80. */
  port: number;
  /** Hosts that are answered; any other gets 421 (and no TLS handshake). @default every host */
  names?: readonly string[];
  /** Further hosts, which are led to the first of `names`, over plain HTTP. @default none */
  aliases?: readonly string[];
  tls?: Tls;
  /** Told apart by longest prefix, whatever their order; what none matches gets 404. */
  routes: readonly Route[];
  /** Rate of every route that names none. @default none */
  rate?: RateUse;
  /** Response headers that are filled in where the application sends none of the name. @default "basic" */
  preset?: HeaderPreset;
  /** Over the preset's, see {@link ResponseHeaders}. @default none */
  headers?: ResponseHeaders;
  /** @default 10 */
  maxBodyMegabytes?: number;
  /** What may be closed by a file. @default nothing */
  maintenance?: Maintenance;
}

/** While a file is there, all but some paths answer 503: `/api` and below in JSON, the others with a page. */
export interface Maintenance {
  /** Absolute path of the file. */
  flag: string;
  /** Absolute path of the page. */
  page: string;
  /** Seconds after which clients are to ask again. @default 300 */
  retryAfterSeconds?: number;
  /** What goes on beside `/healthz` and a CA's questions. */
  open: readonly OpenPath[];
}

/** A path, and unless it is exact all that begins like it. */
export type OpenPath = Pick<Route, "path" | "exact">;

/** HTTPS after Mozilla's intermediate guideline 6.0; plain HTTP is redirected. */
export interface Tls {
  /** @default 443 */
  port?: number;
  /** The port in redirects, where a host publishes another than `port`. @default `port` */
  publicPort?: number;
  /** Absolute path of the PEM chain. */
  certificate: string;
  /** Absolute path of the PEM key. */
  key: string;
  /** Directory served at `/.well-known/acme-challenge/` on the plain port. @default none */
  challengeDir?: string;
  /** Host that answers there instead, on port 80: the proxy beside whom the CA is asked. @default none */
  challengeHost?: string;
}

/** `name:port` for callers inside the network: no rate limit, no public headers, the same retry rules. */
export interface InnerListener {
  /** The service's DNS name, answered by Host; the only service of a port answers any Host. */
  name: string;
  /** Not a public port. Several services may share one. */
  port: number;
  /** Name of an upstream. */
  upstream: string;
  /** @default 500 */
  maxBodyMegabytes?: number;
  /** Longest silence of the upstream before 504. @default 60 */
  timeoutSeconds?: number;
}

/** What one path does. */
export interface Route {
  /** `/api/` matches everything below it, `/docs` also `/docs/oauth2` and `/docsx`; see `exact`. */
  path: string;
  /** Only this very path. @default false */
  exact?: boolean;
  to: Target;
  /** `null`: no limit, whatever the listener says. @default the listener's */
  rate?: RateUse | null;
  /** @default the listener's */
  maxBodyMegabytes?: number;
  /** Longest silence of the upstream before 504; a websocket and a page that waits for events get an hour. @default 60 */
  timeoutSeconds?: number;
  /** Speaks gRPC with the upstream, and HTTP/2 with clients. @default false */
  grpc?: boolean;
  /** `false` streams bodies both ways as they come: large uploads, answers that grow. @default true */
  buffering?: boolean;
  /** @default the listener's */
  preset?: HeaderPreset;
  /** Over the listener's. @default none */
  headers?: ResponseHeaders;
  /** What its pages may use though the preset denies it, such as `camera`. @default nothing */
  allows?: readonly Feature[];
  /** Body of the proxy's own 4xx and 5xx. @default "json" for `/api` and below, else "html" */
  errors?: "json" | "html";
}

/** Where a route leads. */
export type Target = ToUpstream | ToFiles | ToRedirect | ToAnswer;

export interface ToUpstream {
  /** Name of an upstream. */
  upstream: string;
  /** Take the route's path off before the application sees the request; its path must end in `/`. @default false */
  stripPath?: boolean;
}

export interface ToFiles {
  /** Absolute directory; `/static/a.css` of route `/static/` is its `a.css`. Dot files are never served. */
  directory: string;
  /** A path with no file gets the directory's `index.html`. @default false */
  singlePage?: boolean;
  /** `immutable` is a year, for names that hold a content hash. @default "no-cache" */
  cache?: "immutable" | "30d" | "no-cache";
}

export interface ToRedirect {
  /** `https://host/path`, or a path on this host. */
  redirect: string;
  /** @default 302 */
  status?: 301 | 302 | 307 | 308;
}

export interface ToAnswer {
  /** 200-599. */
  answer: number;
  /** One line of printable ASCII without `"`, `$` and backslash. @default none */
  body?: string;
  /** @default "text/plain" */
  type?: string;
}

/** A budget of requests per client address. */
export interface RateZone {
  name: string;
  requests: number;
  per: "second" | "minute";
}

/** How a route draws on a {@link RateZone}; the excess gets 429. */
export interface RateUse {
  /** Name of a rate zone. */
  zone: string;
  /** Requests that may come at once before the rate holds. @default 20 */
  burst?: number;
}

/**
 * Header name to value: a text is sent where the application sends none of the name, `null` leaves the header to the
 * application, `set` replaces what it sent, and `set: null` takes that away. Printable ASCII without `"`, `$` and
 * backslash.
 */
export type ResponseHeaders = Readonly<Record<string, string | null | { readonly set: string | null }>>;
