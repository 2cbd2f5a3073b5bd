import type { ProxyModel } from "../../services/proxy/model.ts";
import { until } from "../tools/wait.ts";
import { Rig } from "./nginxRig.ts";
import { selfSigned } from "./selfSigned.ts";
import { ask } from "./wire.ts";

/** One of each kind of listener and route, before one replica `a`. */
const listeners = {
  listeners: [
    {
      port: 80,
      routes: [
        { path: "/", to: { upstream: "web" } },
        { path: "/api/", to: { upstream: "web" }, timeoutSeconds: 1 },
        { path: "/closed/", to: { upstream: "closed" } },
        { path: "/empty/", to: { upstream: "empty" } },
        { path: "/small/", to: { upstream: "web" }, maxBodyMegabytes: 1 },
        { path: "/limited/", to: { upstream: "web" }, rate: { zone: "limited", burst: 20 } },
        { path: "/once/", to: { upstream: "web" }, rate: { zone: "once", burst: 0 } },
        { path: "/below/", to: { upstream: "web", stripPath: true } },
        { path: "/framed/", to: { upstream: "web" }, headers: { "X-Frame-Options": { set: "DENY" } } },
        { path: "/app/", to: { directory: "/data/app", singlePage: true, cache: "immutable" } },
        { path: "/files/", to: { directory: "/data/files", cache: "30d" } },
      ],
    },
    {
      port: 8180,
      preset: "strict",
      names: ["docs.example.com"],
      tls: {
        port: 8443,
        certificate: "/data/tls/chain.pem",
        key: "/data/tls/key.pem",
        challengeDir: "/data/acme",
      },
      routes: [{ path: "/", to: { upstream: "web" } }],
    },
  ],
  inner: [
    { name: "web", port: 8000, upstream: "web" },
    { name: "one", port: 8001, upstream: "web" },
    { name: "two", port: 8001, upstream: "empty" },
  ],
} satisfies Pick<ProxyModel, "listeners" | "inner">;

/** A rig that serves them. */
export async function edgeRig(): Promise<Rig> {
  const { chain, key } = await selfSigned("docs.example.com");
  const rig = await Rig.start(listeners, {
    "app/index.html": "<h1>app</h1>",
    "app/a.js": "1",
    "app/.env": "PASSWORD",
    "files/a.css": "a {}",
    "files/large.bin": "x".repeat(24 << 20),
    "acme/token": "proof",
    "tls/chain.pem": chain,
    "tls/key.pem": key,
  });
  await rig.replica("a");
  const { code, output } = await rig.release({
    ...listeners,
    release: "edge",
    rates: [
      { name: "limited", requests: 50, per: "second" },
      { name: "once", requests: 1, per: "minute" },
    ],
    upstreams: [
      { name: "web", servers: [`${rig.host("a")}:8000`] },
      { name: "closed", servers: [`${rig.host("a")}:9999`] },
      { name: "empty", servers: [] },
    ],
  });
  if (code !== 0) throw new Error(output);
  await until("it serves", 60, async () => (await ask(rig.url)).status === 200);
  return rig;
}

/** Every request head the replica got so far. */
export async function requestHeads(rig: Rig): Promise<string[]> {
  return JSON.parse((await ask(`${rig.url}/seen`)).body) as string[];
}
