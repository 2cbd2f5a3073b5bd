import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How a stand-in wants to be asked. */
export type Gate = "open" | "token" | "basic";

/** A registry that speaks the distribution protocol, with images of two sorts and a token server of its own. */
export interface StandIn {
  /** As references name it. */
  registry: string;
  /** `METHOD path`, with the login's user or `anonymous` for a token. */
  requests: string[];
  /** Has a tag mean another image, with this config; returns its digest. */
  push(name: string, platforms: readonly string[], config?: object): string;
  close(): Promise<void>;
}

const user = { name: "robot", password: "s:ecret" };
export const login = { username: user.name, password: user.password };

export async function openRegistry(gate: Gate = "open"): Promise<StandIn> {
  const tags = new Map<string, string>();
  const blobs = new Map<string, { type: string; text: string }>();
  const requests: string[] = [];
  const keep = (type: string, value: unknown): string => {
    const text = JSON.stringify(value);
    const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
    blobs.set(digest, { type, text });
    return digest;
  };
  const server = createServer((request, response) => {
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const registry = `127.0.0.1:${(server.address() as AddressInfo).port}`;

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? "/", `http://${registry}`);
    requests.push(`${request.method} ${url.pathname}${whose(request)}`);
    if (url.pathname === "/token") {
      if (request.method === "POST") void refreshed(request, response);
      else token(url, request, response);
      return;
    }
    if (!mayRead(request)) {
      const challenge = `Bearer realm="http://${registry}/token",service="stand-in",scope="repository:${nameIn(url)}:pull"`;
      response.writeHead(401, {
        "www-authenticate": gate === "basic" ? 'Basic realm="stand-in"' : challenge,
      });
      return void response.end();
    }
    const [, name = "", sort, what = ""] =
      /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(url.pathname) ?? [];
    const digest = what.startsWith("sha256:") ? what : (tags.get(`${name}:${what}`) ?? "");
    const found = blobs.get(digest);
    if (found === undefined || (sort === "manifests" && !String(request.headers.accept).includes(found.type)))
      return void response.writeHead(404).end();
    response.writeHead(200, { "content-type": found.type, "docker-content-digest": digest });
    response.end(request.method === "HEAD" ? undefined : found.text);
  }

  function token(url: URL, request: IncomingMessage, response: ServerResponse): void {
    const scope = url.searchParams.get("scope") ?? "";
    const anonymous = whose(request) === "" && scope.startsWith("repository:public/");
    if (!anonymous && !isUser(request)) return void response.writeHead(401).end();
    response.end(JSON.stringify({ token: `for ${scope}` }));
  }

  async function refreshed(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams((await request.toArray()).join(""));
    const known = form.get("grant_type") === "refresh_token" && form.get("refresh_token") === "refresh me";
    if (!known) return void response.writeHead(401).end();
    response.end(JSON.stringify({ access_token: `for ${form.get("scope")}` }));
  }

  function mayRead(request: IncomingMessage): boolean {
    if (gate === "open") return true;
    if (gate === "basic") return isUser(request);
    const name = nameIn(new URL(request.url ?? "/", `http://${registry}`));
    return request.headers.authorization === `Bearer for repository:${name}:pull`;
  }

  return {
    registry,
    requests,
    push(name, platforms, given = {}) {
      const made = platforms.map((platform) => {
        const [os = "", architecture = ""] = platform.split("/");
        const config = keep("config", { os, architecture, of: `${name} ${tags.size}`, config: given });
        const type = "application/vnd.oci.image.manifest.v1+json";
        return { digest: keep(type, { config: { digest: config } }), platform: { os, architecture } };
      });
      const digest =
        made.length === 1
          ? (made[0]?.digest ?? "")
          : keep("application/vnd.oci.image.index.v1+json", { manifests: made });
      tags.set(name, digest);
      return digest;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function nameIn({ pathname }: URL): string {
  return /^\/v2\/(.+)\/(?:manifests|blobs)\//.exec(pathname)?.[1] ?? "";
}

function isUser({ headers }: IncomingMessage): boolean {
  return headers.authorization === `Basic ${Buffer.from(`${user.name}:${user.password}`).toString("base64")}`;
}

function whose({ headers }: IncomingMessage): string {
  const [scheme = "", value = ""] = headers.authorization?.split(" ") ?? [];
  if (scheme === "Basic") return ` as ${Buffer.from(value, "base64").toString().split(":")[0] ?? ""}`;
  return scheme === "Bearer" ? " with token" : "";
}
