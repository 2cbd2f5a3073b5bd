import type { Pair } from "../../tools/certificates.ts";
import { hostKey, publicKey } from "../cloudSettings.ts";

/** Stands in whatever is a secret: nobody may read it in an error or in a plain input. */
export const marker = "hunter2";

const digest = `sha256:${"a".repeat(64)}`;

/** What a service account's key looks like. */
const accountKey = JSON.stringify({ private_key: marker, client_email: "backup@p.iam.gserviceaccount.com" });

/** Values of which each setting finds some that it takes; text that is odd and allowed is among them. */
export function poolWith(pair: Pair, root: string) {
  return [
    ...[true, false, 1, 2, 80, 443, 8099, 0.5, 300, "1", "007", "a b", "é日本", 'it\'s "q"', "$(id) `id`"],
    ...["two\nlines", "x; } server {", "${postgres.host}", "${nobody.host}", "$host", "%s\\n", "-", "none"],
    "<!doctype html><h1>x; } $host</h1>",
    ...["example.org", "www.example.org", "*.example.org", "api.example.org", "xn--bcher-kva.example"],
    ...["/", "/api/", "/a.b~c/@x", "/app/data", "/srv/more", "/opt/data", "/dev/video0", "http", "tcp"],
    ...["LOG_LEVEL", "API_KEY", "_x", "X-Frame-Options", "X-Robots-Tag", "Cache-Control", "max-age=60"],
    ...[
      "1000:0",
      "10001:10001",
      "65534:65534",
      "nginx:1.30",
      `registry.example/a/b@${digest}`,
      "ghcr.io/a/b",
    ],
    ...[
      "10.0.0.0/8",
      "2001:db8::/32",
      "192.0.2.7",
      "::1",
      "127.0.0.1",
      "0.0.0.0",
      "ghcr.io",
      "registry.example:5000",
    ],
    ...[`postgresql://u:${marker}@db.example:5432/shop`, `redis://:${marker}@cache.example:6379/0`],
    ...[
      `https://s3.example/bucket?accessKey=a&secretKey=${marker}`,
      `https://chat.example/${marker}`,
      `https://key:${marker}@s3.example/bucket`,
    ],
    ...["managed", "admin", "generate", marker, `${marker} ${marker} ${marker}`, accountKey, root],
    ...["s3:https://s3.example/bucket/path", "gs:bucket:/path", "/mnt/nas/shop", "03:15", "15 3 * * mon-fri"],
    ...["ops@example.org", "smtp.example.org:587", "weekly", "https://acme.example.org/directory"],
    ...["gpu", "prod-1", "Berth.Net_1", publicKey, hostKey, "ops@203.0.113.30", "europe-west4-a"],
    ...["my-project", "eu-central-1", "e2-standard-4", "t3.large", "nvidia-l4", "size=64m,mode=1777"],
    ...["CAP_NET_BIND_SERVICE", "NET_BIND_SERVICE", "host.example"],
    [{ to: marker }],
    ...[["203.0.113.7/32"], ["10.0.0.0/16", "2001:db8::/32"]],
    { type: "nvidia-tesla-t4", count: 2 },
    ["sh", "-c", "true"],
    {},
    { API_KEY: marker, OTHER: "generate" },
    {
      API_KEY: { store: "aws", name: "prod/api", property: "key" },
      OTHER: { store: "google", name: "mail" },
    },
    { store: "aws", name: "prod/api", version: "0".repeat(32), region: "eu-central-1" },
    { name: "api.example.org", serve: true },
    { name: "*.example.org", serve: true },
    { build: "images/front-end", args: { VERSION: "1" } },
    { email: "ops@example.org", eab: { kid: "kid", hmac: marker } },
    { dns: { provider: "cloudflare", credentials: { CF_DNS_API_TOKEN: marker } } },
    { staging: true },
    { driver: "journald", options: { tag: "{{.Name}} x; $host" } },
    { driver: "syslog", options: { "syslog-address": "udp://logs.example.org" } },
    { driver: "fluentd", options: { "fluentd-address": "192.0.2.7:24224", "fluentd-max-retries": 5 } },
    { driver: "splunk", options: { "splunk-url": "https://splunk.example:8088", "splunk-token": marker } },
    pair,
  ] as const;
}
