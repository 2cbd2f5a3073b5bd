import { apiDocsHeaders, uploadedFilesHeaders } from "../../../services/proxy/headers.ts";
import type { ProxyModel, Upstream } from "../../../services/proxy/model.ts";

function web(name: string, port: number, replicas = 1): Upstream {
  return {
    name,
    servers: ["a", "b", "c"].slice(0, replicas).map((replica) => `${name}-3f9c-${replica}:${port}`),
  };
}

/** The public proxies of the five systems as their documents describe them, and ATTN's second, inner one. */
export const models = {
  "attn-main": {
    release: "3f9c0d1e",
    upstreams: [web("attn_backend_api", 8000, 2)],
    listeners: [{ port: 80, routes: [{ path: "/", to: { upstream: "attn_backend_api" } }] }],
    inner: [{ name: "attn_backend_api", port: 8000, upstream: "attn_backend_api" }],
  },
  "attn-microservice": {
    release: "77aa",
    upstreams: [web("api-gateway", 8001), web("face-recognition", 8002)],
    listeners: [],
    inner: [
      { name: "api-gateway", port: 8001, upstream: "api-gateway" },
      { name: "face-recognition", port: 8002, upstream: "face-recognition", timeoutSeconds: 300 },
    ],
  },
  loc8: {
    release: "loc8-1",
    workers: 2,
    upstreams: [web("backend", 8000, 3), web("frontend", 3000)],
    rates: [{ name: "api", requests: 20, per: "second" }],
    listeners: [
      {
        port: 80,
        names: ["loc8.example.com", "*.loc8.example.com"],
        routes: [
          { path: "/", to: { upstream: "frontend" } },
          { path: "/rpc.Locations/", to: { upstream: "backend" }, grpc: true, timeoutSeconds: 600 },
          { path: "/api/", to: { upstream: "backend" }, rate: { zone: "api", burst: 40 } },
          { path: "/docs", to: { upstream: "backend" }, headers: apiDocsHeaders },
          { path: "/openapi.json", exact: true, to: { upstream: "backend" } },
          { path: "/health", exact: true, to: { upstream: "backend" }, rate: null },
        ],
      },
    ],
    inner: [
      { name: "backend", port: 8000, upstream: "backend" },
      { name: "frontend", port: 3000, upstream: "frontend" },
    ],
  },
  vru: {
    release: "vru.7",
    trustedProxies: ["10.20.0.0/16", "2001:db8::/32"],
    accessLog: "errors",
    upstreams: [
      web("api-gateway", 8000, 2),
      web("ml-engine", 8001),
      web("frontend", 3000),
      web("grafana", 3000),
      web("camera-service", 8002, 0),
    ],
    listeners: [
      {
        port: 80,
        names: ["vru.example.com", "*.vru.example.com"],
        preset: "strict",
        headers: { "X-Robots-Tag": { set: "noindex" }, "X-Version": { set: null } },
        routes: [
          { path: "/", to: { upstream: "frontend" } },
          { path: "/api/", to: { upstream: "api-gateway" }, preset: "none" },
          { path: "/docs", to: { upstream: "api-gateway" }, headers: apiDocsHeaders },
          { path: "/health", exact: true, to: { upstream: "api-gateway" } },
          {
            path: "/grafana/",
            to: { upstream: "grafana" },
            headers: { "Content-Security-Policy": null, "X-Frame-Options": "SAMEORIGIN" },
          },
        ],
      },
    ],
    inner: [
      { name: "api-gateway", port: 8000, upstream: "api-gateway" },
      { name: "ml-engine", port: 8001, upstream: "ml-engine", timeoutSeconds: 300 },
      { name: "camera-service", port: 8002, upstream: "camera-service" },
      { name: "frontend", port: 3000, upstream: "frontend" },
      { name: "grafana", port: 3000, upstream: "grafana" },
    ],
  },
  arv: {
    release: "arv_12",
    tempDir: "/var/cache/nginx",
    upstreams: [web("app", 8000, 2)],
    rates: [
      { name: "api", requests: 100, per: "minute" },
      { name: "upload", requests: 10, per: "minute" },
    ],
    listeners: [
      {
        port: 80,
        maxBodyMegabytes: 500,
        headers: { "Permissions-Policy": "camera=(self), microphone=()" },
        routes: [
          { path: "/", to: { directory: "/srv/spa", singlePage: true } },
          { path: "/assets/", to: { directory: "/srv/spa/assets", cache: "immutable" } },
          { path: "/api/", to: { upstream: "app" }, rate: { zone: "api", burst: 50 } },
          {
            path: "/api/upload",
            to: { upstream: "app" },
            rate: { zone: "upload", burst: 5 },
            buffering: false,
            timeoutSeconds: 300,
          },
          { path: "/ar/", to: { upstream: "app" } },
          { path: "/docs", to: { upstream: "app" }, headers: apiDocsHeaders },
          { path: "/redoc", to: { upstream: "app" }, headers: apiDocsHeaders },
          {
            path: "/storage/",
            to: { directory: "/srv/storage", cache: "30d" },
            headers: uploadedFilesHeaders,
          },
        ],
      },
    ],
    inner: [{ name: "app", port: 8000, upstream: "app" }],
  },
  docsai: {
    release: "docsai-4",
    connectionsPerClient: 50,
    drainSeconds: 20,
    upstreams: [
      { name: "app", servers: ["unix:/run/app/4-a.sock", "unix:/run/app/4-b.sock"], keepAliveSeconds: 0 },
    ],
    rates: [
      { name: "api", requests: 10, per: "second" },
      { name: "general", requests: 30, per: "second" },
    ],
    listeners: [
      {
        port: 80,
        preset: "strict",
        names: ["docs.example.com", "203.0.113.7"],
        tls: {
          certificate: "/etc/berth/tls/chain.pem",
          key: "/etc/berth/tls/key.pem",
          challengeDir: "/var/lib/acme",
        },
        rate: { zone: "general", burst: 60 },
        maxBodyMegabytes: 50,
        headers: { "Referrer-Policy": "same-origin" },
        maintenance: {
          flag: "/run/berth/maintenance",
          page: "/run/berth/maintenance.html",
          retryAfterSeconds: 600,
          open: [{ path: "/health", exact: true }, { path: "/grafana/" }],
        },
        routes: [
          { path: "/", to: { upstream: "app" } },
          { path: "/api/", to: { upstream: "app" }, rate: { zone: "api", burst: 20 } },
          { path: "/static/", to: { directory: "/srv/static", cache: "30d" }, rate: null },
          { path: "/media/", to: { directory: "/srv/media" }, rate: null, headers: uploadedFilesHeaders },
          { path: "/favicon.ico", exact: true, to: { redirect: "/static/favicon.ico", status: 301 } },
          { path: "/robots.txt", exact: true, to: { answer: 200, body: "User-agent: *" } },
        ],
      },
    ],
  },
} satisfies Record<string, ProxyModel>;
