import { nginxConf } from "../services/proxy/conf.ts";

/** What the load goes through, or ends at: one container of the proxy's image, with files below `/bench`. */
export interface Contender {
  name: string;
  /** By name in `/bench`. */
  files: Readonly<Record<string, string>>;
  command: readonly string[];
  /** What the generated configuration is to reach of its small answers. @default no target */
  target?: number;
  /** A Go program that is mounted at `/bin/contender`. @default none: the image's own nginx */
  module?: string;
}

export const staticHost = "bench-static";

/** Of Go, with the version that is compared. */
const caddy = "github.com/caddyserver/caddy/v2/cmd/caddy@v2.11.9";
const kamalProxy = "github.com/basecamp/kamal-proxy/cmd/kamal-proxy@v0.9.2";

const target = `${staticHost}:8000`;
const smallBody = `{\\"status\\":\\"ok\\",\\"text\\":\\"${"0123456789".repeat(7)}\\"}`;

function nginx(name: string, text: string): Contender {
  return {
    name,
    files: { "nginx.conf": text },
    command: ["nginx", "-c", "/bench/nginx.conf", "-g", "daemon off;"],
  };
}

/** A minimal configuration: no file on disk, since the root is read-only, and what the caller adds. */
function minimal(http: readonly string[]): string {
  const folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return [
    "worker_processes 1;",
    "pid /tmp/nginx.pid;",
    "error_log stderr warn;",
    "events { worker_connections 4096; }",
    "http {",
    ...folders.map((kind) => `    ${kind}_temp_path /tmp/${kind};`),
    ...http.map((line) => `    ${line}`),
    "}\n",
  ].join("\n");
}

const staticConf = nginx(
  staticHost,
  minimal([
    "access_log off;",
    "sendfile on;",
    "keepalive_requests 1000000;",
    `server { listen 8000; root /bench; location = /small { return 200 "${smallBody}"; } }`,
  ]),
);
/** Answers `/small` with about 100 bytes and `/large` with 1 MiB. */
export const staticServer: Contender = {
  ...staticConf,
  files: { ...staticConf.files, large: "x".repeat(1 << 20) },
};

/** As ATTN's public proxy is generated, with a rate that the load stays below. */
export const generated = nginxConf({
  release: "bench",
  upstreams: [{ name: "attn_backend_api", servers: [target] }],
  rates: [{ name: "client", requests: 100_000, per: "second" }],
  listeners: [
    {
      port: 80,
      rate: { zone: "client", burst: 100_000 },
      routes: [{ path: "/", to: { upstream: "attn_backend_api" } }],
    },
  ],
  inner: [{ name: "attn_backend_api", port: 8000, upstream: "attn_backend_api" }],
});

const passing = [
  `upstream app { server ${target}; keepalive 128; }`,
  'server { listen 80; location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; } }',
];

/** The generated configuration's log, as it writes it, on nginx's own variables. */
const sameLog = generated
  .split("\n")
  .filter((line) => line.includes("log_format berth") || line.includes("access_log /dev/stdout"))
  .map((line) => line.trim().replace("$request_path", "$uri").replace("$trace_id", "$request_id"));
const lineByLine = sameLog.map((line) => line.replace(/ buffer=.*;/, ";"));

/** The proxy, and once it takes commands the one that names its target; it has no configuration file. */
const kamalRun = [
  "/bin/contender run --http-port 80 &",
  `until /bin/contender deploy bench --target ${target} --health-check-path /small; do sleep 0.2; done`,
  "wait\n",
].join("\n");

export const contenders: readonly Contender[] = [
  nginx("the generated configuration", generated),
  {
    ...nginx("a minimal one that logs the same, as it does", minimal([...sameLog, ...passing])),
    target: 0.95,
  },
  nginx("a minimal one that logs the same, a write a line", minimal([...lineByLine, ...passing])),
  { ...nginx("a minimal one that logs nothing", minimal(["access_log off;", ...passing])), target: 0.8 },
  {
    name: "Caddy 2.11.9, logging nothing",
    module: caddy,
    files: {},
    command: ["/bin/contender", "reverse-proxy", "--from", ":80", "--to", target],
  },
  {
    name: "kamal-proxy 0.9.2, logging as it always does",
    module: kamalProxy,
    files: { run: kamalRun },
    command: ["sh", "/bench/run"],
  },
];
